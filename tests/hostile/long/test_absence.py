"""A benchmark that is suspended several times, each time for longer than any time limit, is still complete."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from checkouts import BENCH, Checkout
from orchestrators.assembled import BASELINE

from harness.experiment.judgement import ABSENT_S
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import read_result

pytestmark = pytest.mark.integration


def stop(process: "subprocess.Popen[str]", for_s: float) -> None:
    """Suspend a process like Ctrl-Z, and continue it later like `fg`."""
    assert process.poll() is None, "it was over before it could be stopped"
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(for_s)
    os.kill(process.pid, signal.SIGCONT)


def wait_for_a_stack(process: "subprocess.Popen[str]") -> Path:
    """Wait until a benchmark has a stack, and return the stack's folder."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with suppress(psutil.NoSuchProcess):
            for supervisor in psutil.Process(process.pid).children():
                if (events := Path(supervisor.cwd()) / "exchange" / "events.jsonl").exists():
                    return events.parents[1]
        time.sleep(0.05)
    raise AssertionError("no stack was started")


def wait_for_a_run(stack: Path) -> None:
    deadline = time.monotonic() + 120
    while not (stack / "exchange" / "events.jsonl").stat().st_size:
        assert time.monotonic() < deadline, "no run was begun"
        time.sleep(0.02)


def test_a_suspension_beyond_every_limit_fails_no_tool_and_loses_no_trial(checkout: Checkout) -> None:
    process = checkout.start(*BENCH)
    too_late = wait_for_a_stack(process)
    stop(process, BASELINE.ready_limit_s + 2)
    while (stack := wait_for_a_stack(process)) == too_late:
        time.sleep(0.05)
    wait_for_a_run(stack)
    stop(process, BASELINE.trial_limit_s + 2)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output

    (result,) = checkout.results()
    records = read_result(result).records
    (end,) = (each for each in records if isinstance(each, RoundRecord))
    assert end.failure == ""
    assert end.ready_s is not None
    assert end.ready_s < BASELINE.ready_limit_s
    trials = [each for each in records if isinstance(each, TrialRecord)]
    assert {each.outcome for each in trials} == {"valid", "error"}, [each.reason for each in trials]
    late = [each for each in trials if each.outcome == "error"]
    assert all(each.reason == f"the harness did not run for {each.absent_s:.1f} s" for each in late)
    assert all(each.absent_s > ABSENT_S for each in late)
    assert len(late) == 1
    assert "the harness did not run for" in output
    code, said = checkout.run("audit", str(result))
    assert code == 0, said
    table = (result / "table.md").read_text()
    assert f"{len(trials) - len(late)} of {len(trials)}" in table
    assert checkout.rounds() == []
