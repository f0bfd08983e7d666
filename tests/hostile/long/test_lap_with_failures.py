"""A lap with a stack that crashes after its first trial, and a driver with invalid answers: all have their rows."""

import signal
import time

from checkouts import Checkout
from orchestrators.assembled import BASELINE, assemble

from harness.audit import audit
from harness.experiment.judgement import TRIES
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import Result, read_result

ODD_WORDS = ("`state` returned nan", "`state` raised SystemExit: 0", "`attempts` ")
"""The reasons of the first trials of `odd`, each of which is repeated."""


def ended(checkout: Checkout) -> list[str]:
    """Return the orchestrators whose rounds have ended so far."""
    return [each.orchestrator for folder in checkout.results() for each in rounds(read_result(folder))]


def rounds(result: Result) -> list[RoundRecord]:
    return [each for each in result.records if isinstance(each, RoundRecord)]


def test_a_failure_costs_no_other_system_its_result(checkout: Checkout) -> None:
    for name in ("brittle", "odd"):
        assemble(name, checkout.folder / "pipelines")
    bench = ("bench", "--preset", "smoke", "--only", "brittle", "--only", "odd", "--isolation", "process", "--seed")
    process = checkout.start(*bench, "3")
    deadline = time.monotonic() + 300
    while "brittle" not in ended(checkout) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    output, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, output
    (folder,) = checkout.results()
    code, output = checkout.run("report", str(folder))
    assert code == 0, output
    table = (folder / "table.md").read_text()
    assert "3 of 3 |" in table
    assert "1 of 1; failed: the stack ended during a trial" in table
    before = read_result(folder).records

    code, output = checkout.run("bench", "--resume")
    assert code == 1, output
    assert str(checkout.folder / "harness") not in output, "a traceback of ours"
    result = read_result(folder)
    assert audit(result) == []
    assert result.records[: len(before)] == before
    failures = {each.orchestrator: each.failure for each in rounds(result)}
    assert failures == {BASELINE.name: "", "odd": "", "brittle": "the stack ended during a trial"}
    table = (folder / "table.md").read_text()
    assert "1 of 1; failed: the stack ended during a trial" in table
    own = [each for each in result.records if isinstance(each, TrialRecord) and each.orchestrator == BASELINE.name]
    assert {each.outcome for each in own} == {"valid"}
    assert f"{len(own)} of {len(own)} |" in table
    told = [each.reason for each in result.records if isinstance(each, TrialRecord) and each.orchestrator == "odd"]
    expected = [each for each in ODD_WORDS for _ in range(TRIES)]
    assert len(told) >= len(expected)
    for reason, words in zip(told, expected, strict=False):
        assert words in reason, told
    assert checkout.rounds() == []
