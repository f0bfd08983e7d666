"""The checkout is edited while a benchmark runs in it."""

import subprocess

from checkouts import BENCH, Checkout
from orchestrators.assembled import BASELINE

from harness.audit import audit
from harness.results.records import TrialRecord
from harness.results.result import read_result

BROKEN = 'raise SystemExit("this was edited while the benchmark ran")\n'


def commit(checkout: Checkout) -> None:
    """Make the copy a clean checkout of git."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "all")):
        subprocess.run(["git", *arguments], cwd=checkout.folder, check=True, capture_output=True)


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
    output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output
    (folder,) = checkout.results()
    result = read_result(folder)
    trials = [record for record in result.records if isinstance(record, TrialRecord)]
    assert {trial.lap for trial in trials} == {1, 2}
    assert {trial.outcome for trial in trials} == {"valid"}
    assert audit(result) == []
    assert result.environment.commit
    assert not result.environment.dirty, "the results of an earlier benchmark change no number"
