"""The run after a crash is asked for until it is taken, as a user would."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.labs.crash import next_run
from harness.labs.crash.next_run import NextRun, run_next
from harness.measure.golden_file import scenarios
from harness.measure.stack import Stack
from harness.measure.trigger import DriverTripped
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import ApiError, RunState


class Restarting:
    """A driver whose tool takes no run until it was asked so often, and may start one that it tells nothing of."""

    def __init__(self, refuses: int, state: RunState = RunState.SUCCESS, started: str = "") -> None:
        self.left, self.told, self.started = refuses, state, started

    def trigger(self, _workload: str, _parameters: object) -> str:
        if self.left:
            self.left -= 1
            raise ApiError("no such location")
        return "run"

    def runs(self, _workload: str, _trial: str) -> list[str]:
        return [self.started] if self.started else []

    def state(self, _run: str) -> RunState:
        return self.told


class Tripping(Restarting):
    """A driver that trips over every answer of some kind: that is no word of its tool."""

    def __init__(self, over: str) -> None:
        super().__init__(0)
        self.over = over

    def trigger(self, workload: str, parameters: object) -> str:
        if self.over == "trigger":
            raise TypeError("'NoneType' object is not subscriptable")
        return super().trigger(workload, parameters)

    def state(self, run: str) -> RunState:
        if self.over == "state":
            raise TypeError("'NoneType' object is not subscriptable")
        return super().state(run)


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Callable[..., NextRun]:
    monkeypatch.setattr(next_run, "wait_ready", lambda _stack, _started_ns: 0.0)
    monkeypatch.setattr(next_run, "_PAUSE_S", 0.01)

    def run(driver: Any, limit_s: float = 20.0) -> NextRun:
        contender = SimpleNamespace(trial_limit_s=limit_s, manifest=SimpleNamespace(folder=tmp_path))
        stack = SimpleNamespace(driver=BoundedDriver(driver), contender=contender)
        return run_next(cast("Stack", stack), scenarios()["noop"], "trial")

    return run


def test_one_that_is_taken_at_once(follow) -> None:
    told = follow(Restarting(0))
    assert (told.state, told.refusals, told.refused) == (RunState.SUCCESS, 0, "")
    assert told.seconds is not None


def test_one_that_is_taken_late_says_after_how_many_triggers_and_why(follow) -> None:
    told = follow(Restarting(3, RunState.FAILED))
    assert (told.state, told.refusals, told.refused) == (RunState.FAILED, 3, "ApiError: no such location")


def test_a_run_that_was_started_though_its_trigger_failed_is_found_and_not_sent_again(follow) -> None:
    driver = Restarting(9, started="there")
    assert (follow(driver).refusals, driver.left) == (1, 8)


@pytest.mark.parametrize("driver", [Restarting(10**9), Restarting(0, RunState.RUNNING)])
def test_one_that_is_never_taken_or_never_ends_has_no_state(follow, driver: Restarting) -> None:
    told = follow(driver, limit_s=0.3)
    assert (told.state, told.seconds) == (None, None)
    assert bool(told.refusals) == bool(driver.left)


@pytest.mark.parametrize("over", ["trigger", "state"])
def test_a_driver_that_trips_is_at_fault_and_not_its_tool(follow, over: str) -> None:
    with pytest.raises(DriverTripped, match="the driver failed: TypeError: 'NoneType' object is not subscriptable"):
        follow(Tripping(over), limit_s=0.3)
