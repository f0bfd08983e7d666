"""Observing a run: a tool that reports no end is stuck, but a failing driver is not."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from harness.labs.crash import observer as crash_observer
from harness.labs.crash.observer import CrashObserver, Patience
from harness.labs.crash.scenarios import crashes
from harness.measure.stack import Stack
from harness.measure.trigger import DriverTripped
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import RunState

SILENT = Patience(limit_s=0.5)


class Asked:
    """A driver with fixed answers."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def state(self, _run: str) -> RunState:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return cast("RunState", answer)


@pytest.fixture
def following(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Any], CrashObserver]:
    monkeypatch.setattr(crash_observer, "_LOOK_S", 0.05)
    monkeypatch.setattr(crash_observer, "_POLL_S", 0.02)
    monkeypatch.setattr(crash_observer.warehouse, "delivered", lambda _url, _trial: 0)
    events = tmp_path / "events.jsonl"
    events.touch()
    running = SimpleNamespace(
        exchange=SimpleNamespace(events=events), warehouse=SimpleNamespace(own_url=""), log=lambda: ""
    )

    contender = SimpleNamespace(manifest=SimpleNamespace(folder=tmp_path))

    def of(driver: Any) -> CrashObserver:
        stack = SimpleNamespace(driver=BoundedDriver(driver), contender=contender, running=running)
        return CrashObserver(cast("Stack", stack), crashes()["task-killed"], "trial", "run")

    return of


@pytest.mark.parametrize("silence", [RunState.RUNNING, httpx.ConnectError("refused")], ids=str)
def test_a_tool_that_reports_no_end_is_stuck(following, silence: object) -> None:
    seen = following(Asked(silence))
    seen.go_on(time.monotonic_ns(), [], SILENT)
    assert seen.seen.state is None


def test_a_driver_that_fails_to_the_end_is_at_fault(following) -> None:
    with pytest.raises(DriverTripped, match="the driver failed: TypeError: no state"):
        following(Asked(TypeError("no state"))).go_on(time.monotonic_ns(), [], SILENT)


def test_a_driver_may_fail_while_its_server_comes_and_goes(following) -> None:
    seen = following(Asked(KeyError("state"), TypeError("half an answer"), httpx.ConnectError("refused")))
    seen.go_on(time.monotonic_ns(), [], SILENT)
    assert seen.seen.state is None


def test_a_moment_that_is_unknown_because_of_the_driver_is_not_missed(following) -> None:
    tripping = following(Asked(TypeError("no state")))
    assert not tripping.runs_now()
    with pytest.raises(DriverTripped):
        tripping.answers.demand_a_sound_driver()
