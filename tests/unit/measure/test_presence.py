"""Absence of the harness: a thread reads the clock, and is late if the process was suspended."""

import os
import signal
import subprocess
import sys
import time

import pytest

from harness.experiment.judgement import ABSENT_S, TRIES, absent
from harness.measure import presence
from harness.measure.presence import Absent, Presence, present, undisturbed

STOPPED = """
import sys, time
from harness.measure.presence import present
with present() as presence:
    print("ready", flush=True)
    sys.stdin.readline()
    print(presence.absent_s)
"""


def test_a_suspended_process_knows_for_how_long() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(2)
        os.kill(process.pid, signal.SIGCONT)
        process.stdin.write("\n")
        process.stdin.flush()
        told_s = float(process.stdout.readline())
    assert 1.5 <= told_s < 20
    assert absent(told_s) == f"the harness did not run for {told_s:.1f} s"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that returns its only element."""
    now = [100.0]
    monkeypatch.setattr(presence, "_now_s", lambda: now[0])
    return now


def test_the_longest_absence_counts_until_it_is_over(clock: list[float]) -> None:
    watched = Presence()
    for later_s in (0.25, 5.25, 0.25, 2.25):
        clock[0] += later_s
        seen_s = watched.absent_s
    assert seen_s == pytest.approx(5.0)
    watched.end()
    clock[0] += 9.0
    assert watched.absent_s == pytest.approx(5.0)


def test_a_waiting_process_is_present() -> None:
    with present() as watched:
        time.sleep(0.6)
        assert watched.absent_s < 0.5


def test_measurements_of_an_absent_harness_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    absences = iter([17.2, 0.0])
    monkeypatch.setattr(Presence, "absent_s", property(lambda _self: next(absences)))
    taken = iter(["late", "right"])
    assert undisturbed(lambda: next(taken)) == "right"


def test_failures_during_an_absence_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    absences = iter([17.2, 0.0])
    monkeypatch.setattr(Presence, "absent_s", property(lambda _self: next(absences)))
    tries = []

    def measure() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("it did not end in time")
        return "right"

    assert undisturbed(measure) == "right"


def test_failures_of_a_present_harness_are_final() -> None:
    with pytest.raises(ZeroDivisionError):
        undisturbed(lambda: 1 / 0)


def test_it_gives_up_after_the_tries_of_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Presence, "absent_s", property(lambda _self: ABSENT_S + 1))
    tries: list[int] = []
    with pytest.raises(Absent, match=r"not measured in 3 tries: the harness did not run for 2\.0 s"):
        undisturbed(lambda: tries.append(1))
    assert len(tries) == TRIES
