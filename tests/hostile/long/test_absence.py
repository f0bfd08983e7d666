"""A benchmark that is stopped again and again, each time for longer than the tool may take: its result is whole."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from checkouts import Checkout

from harness.experiment.judgement import ABSENT_S
from harness.isolation.process.notes import find_rounds
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import read_result

pytestmark = pytest.mark.integration

BENCH = ("bench", "--preset", "quick", "--only", "plain", "--seed", "1", "--isolation", "process")
LIMIT_S = 8
"""How long a trial, and getting ready, may take in this copy."""


def stop(process: "subprocess.Popen[str]", for_s: float) -> None:
    """Do as Ctrl-Z does, and `fg` later."""
    assert process.poll() is None, "it was over before it could be stopped"
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(for_s)
    os.kill(process.pid, signal.SIGCONT)


def wait_for_a_stack(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while not find_rounds(folder):
        assert time.monotonic() < deadline, "no stack was started"
        time.sleep(0.05)


def wait_for_a_run(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while not any(path.stat().st_size for path in folder.glob("*/exchange/events.jsonl")):
        assert time.monotonic() < deadline, "no run was begun"
        time.sleep(0.02)


def test_stopped_for_longer_than_anything_may_take_no_tool_hangs_and_no_trial_is_lost(checkout: Checkout) -> None:
    manifest = checkout.folder / "pipelines" / "plain" / "orchestrator.toml"
    limited = manifest.read_text().replace("ready_limit_s = 30", f"ready_limit_s = {LIMIT_S}")
    manifest.write_text(limited.replace("trial_limit_s = 60", f"trial_limit_s = {LIMIT_S}"))
    folder = checkout.rounds_folder()
    process = checkout.start(*BENCH)
    wait_for_a_stack(folder)
    stop(process, LIMIT_S + 2)
    wait_for_a_run(folder)
    stop(process, LIMIT_S + 2)
    checkout.wait_for_trials(2)
    time.sleep(1)
    stop(process, LIMIT_S + 2)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output

    (result,) = checkout.results()
    records = read_result(result).records
    (end,) = (each for each in records if isinstance(each, RoundRecord))
    assert end.failure == ""
    assert end.ready_s is not None
    assert end.ready_s < LIMIT_S
    trials = [each for each in records if isinstance(each, TrialRecord)]
    assert {each.outcome for each in trials} == {"valid", "error"}, [each.reason for each in trials]
    late = [each for each in trials if each.outcome == "error"]
    assert all(each.reason == f"the harness did not run for {each.absent_s:.1f} s" for each in late)
    assert all(each.absent_s > ABSENT_S for each in late)
    assert 1 <= len(late) <= 2
    assert "the harness did not run for" in output
    code, said = checkout.run("audit", str(result))
    assert code == 0, said
    table = (result / "table.md").read_text()
    assert f"{len(trials) - len(late)} of {len(trials)}" in table
    assert checkout.rounds() == []
