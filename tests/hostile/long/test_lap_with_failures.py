"""A lap with a stack that dies after its first trial, and one whose driver answers oddly: all have their rows."""

import shutil
import signal
import time
from pathlib import Path

from checkouts import Checkout
from orchestrators.assembled import BASELINE

from harness.audit import audit
from harness.experiment.judgement import TRIES
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import Result, read_result

DIES = """
import os
import threading


class Dying(Handler):
    def answer(self, status, body):
        super().answer(status, body)
        if body.get("state") in ("success", "failed"):
            threading.Timer(0.5, os._exit, [1]).start()
"""
ODD = '''

import math
import re
import sys

from harness.orchestrators.driver import RunStatus


class Driver(Driver):
    """Answers what no driver may, by the number of the trial."""

    _number = 0

    def trigger(self, workload, parameters):
        Driver._number = int(re.search(r"-(\\d\\d)-", parameters["trial"])[1])
        return super().trigger(workload, parameters)

    def state(self, run):
        state = super().state(run)
        if state.final and self._number == 1:
            return RunStatus(state, math.nan)
        if state.final and self._number == 2:
            sys.exit(0)
        return state

    def attempts(self, run):
        return [Attempt("load", "1", succeeded=1)] if self._number == 3 else None
'''


ODD_WORDS = ("`state` returned nan", "`state` raised SystemExit: 0", "`attempts` ")
"""What is said of its first trials, each of which is tried again."""


def lay(checkout: Checkout, name: str) -> Path:
    """Make an orchestrator out of the baseline's folder."""
    folder = checkout.folder / "pipelines" / name
    shutil.copytree(BASELINE.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = folder / "orchestrator.toml"
    words = manifest.read_text().replace(f"pipelines/{BASELINE.name}/", f"pipelines/{name}/")
    words = words.replace(f'name = "{BASELINE.name}"', f'name = "{name}"').replace("baseline = true\n", "")
    manifest.write_text(words.replace(f'title = "{BASELINE.title}"', f'title = "{name}"'))
    return folder


def brittle(checkout: Checkout) -> None:
    """Lay a stack that dies soon after its first run has ended; its supervisor does not start it again."""
    folder = lay(checkout, "brittle")
    server = (folder / "server.py").read_text()
    head, main, tail = server.partition('if __name__ == "__main__":')
    (folder / "server.py").write_text(head + DIES.lstrip() + "\n\n" + main + tail.replace(", Handler)", ", Dying)"))
    (folder / "serve").write_text('#!/bin/sh\ncd "$(dirname "$0")"\nexec python server.py\n')


def odd(checkout: Checkout) -> None:
    """Lay a stack whose driver answers oddly."""
    driver = lay(checkout, "odd") / "driver.py"
    driver.write_text(driver.read_text() + ODD)


def ended(checkout: Checkout) -> list[str]:
    """Return whose rounds have come to their end so far."""
    return [each.orchestrator for folder in checkout.results() for each in rounds(read_result(folder))]


def rounds(result: Result) -> list[RoundRecord]:
    return [each for each in result.records if isinstance(each, RoundRecord)]


def test_one_failure_costs_nobody_elses_result(checkout: Checkout) -> None:
    brittle(checkout)
    odd(checkout)
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
