"""The harness is edited while a benchmark runs in the checkout."""

from checkouts import BENCH, Checkout

from harness.results.records import RoundRecord
from harness.results.result import read_result


def test_an_edit_of_the_harness_ends_the_benchmark_before_its_next_round(checkout: Checkout) -> None:
    process = checkout.start(*BENCH, "--laps", "2")
    checkout.wait_for_trials(1)
    edited = checkout.folder / "harness" / "measure" / "trial.py"
    before = edited.read_text()
    edited.write_text(f"{before}# one more line\n")
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 2, output
    words = " ".join(output.split())
    assert "harness/measure/trial.py changed while the benchmark ran" in words
    assert "try: orchbench bench --resume" in words
    (folder,) = checkout.results()
    ended = [record for record in read_result(folder).records if isinstance(record, RoundRecord)]
    assert [(end.lap, end.failure) for end in ended] == [(1, "")], "what was measured is kept"
    code, output = checkout.run("bench", "--resume")
    assert code == 2
    assert "files in harness/, compose/ or pipelines/reference/, or uv.lock, changed since" in " ".join(output.split())
    edited.write_text(before)
    process = checkout.start("bench", "--resume")
    known = checkout.trials()
    checkout.wait_for_trials(known + 1)
    process.terminate()
    process.communicate(timeout=120)
    assert process.returncode == 130
