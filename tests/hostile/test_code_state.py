"""Somebody works on the checkout while a benchmark runs in it."""

import subprocess

from checkouts import Checkout
from orchestrators.assembled import BASELINE

from harness.audit import audit
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import Result, read_result

BENCH = ("bench", "--only", BASELINE.name, "--seed", "1", "--isolation", "process")
BROKEN = 'raise SystemExit("this was edited while the benchmark ran")\n'


def commit(checkout: Checkout) -> None:
    """Make the copy a clean checkout of git."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "all")):
        subprocess.run(["git", *arguments], cwd=checkout.folder, check=True, capture_output=True)


def only_result(checkout: Checkout) -> Result:
    (folder,) = checkout.results()
    return read_result(folder)


def test_an_edit_between_two_laps_changes_no_number(checkout: Checkout) -> None:
    commit(checkout)
    earlier = checkout.folder / "results" / "2026-01-31-host" / "records.jsonl"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("of the benchmark before\n")
    process = checkout.start(*BENCH, "--laps", "2")
    checkout.wait_for_trials(1)
    earlier.unlink()
    for name in ("noop.py", "etl.py", "driver.py", "server.py", "serve"):
        (checkout.folder / "pipelines" / BASELINE.name / name).write_text(BROKEN)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    result = only_result(checkout)
    trials = [record for record in result.records if isinstance(record, TrialRecord)]
    assert {trial.lap for trial in trials} == {1, 2}
    assert {trial.outcome for trial in trials} == {"valid"}
    assert audit(result) == []
    assert result.environment.commit
    assert not result.environment.dirty, "the results of an earlier benchmark change no number"


def test_an_edit_of_the_harness_ends_the_benchmark_before_its_next_round(checkout: Checkout) -> None:
    process = checkout.start(*BENCH, "--laps", "2")
    checkout.wait_for_trials(1)
    edited = checkout.folder / "harness" / "measure" / "trial.py"
    before = edited.read_text()
    edited.write_text(f"{before}# one more line\n")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2, output
    words = " ".join(output.split())
    assert "harness/measure/trial.py changed while the benchmark ran" in words
    assert "try: orchbench bench --resume" in words
    ended = [record for record in only_result(checkout).records if isinstance(record, RoundRecord)]
    assert [(end.lap, end.failure) for end in ended] == [(1, "")], "what was measured is kept"
    code, output = checkout.run("bench", "--resume")
    assert code == 2
    assert "it was made with other files in harness/" in " ".join(output.split())
    edited.write_text(before)
    process = checkout.start("bench", "--resume")
    known = checkout.trials()
    checkout.wait_for_trials(known + 1)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 130
