"""The run after a crash is triggered until it is accepted, as a user would do."""

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
    """A driver whose tool accepts a run only after some triggers, and may start one without reporting it."""

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
    """A driver that fails on some answers, which is not the tool's fault."""

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


def test_a_run_that_is_accepted_at_once(follow) -> None:
    told = follow(Restarting(0))
    assert (told.state, told.refusals, told.refused) == (RunState.SUCCESS, 0, "")
    assert told.seconds is not None


def test_a_run_that_is_accepted_late_has_its_number_of_triggers_and_the_reason(follow) -> None:
    told = follow(Restarting(3, RunState.FAILED))
    assert (told.state, told.refusals, told.refused) == (RunState.FAILED, 3, "ApiError: no such location")


def test_a_run_that_started_although_its_trigger_failed_is_found_and_not_triggered_again(follow) -> None:
    driver = Restarting(9, started="there")
    assert (follow(driver).refusals, driver.left) == (1, 8)


@pytest.mark.parametrize("driver", [Restarting(10**9), Restarting(0, RunState.RUNNING)])
def test_a_run_that_is_never_accepted_or_never_ends_has_no_state(follow, driver: Restarting) -> None:
    told = follow(driver, limit_s=0.3)
    assert (told.state, told.seconds) == (None, None)
    assert bool(told.refusals) == bool(driver.left)


@pytest.mark.parametrize("over", ["trigger", "state"])
def test_a_failing_driver_is_not_the_tools_fault(follow, over: str) -> None:
    with pytest.raises(DriverTripped, match="the driver failed: TypeError: 'NoneType' object is not subscriptable"):
        follow(Tripping(over), limit_s=0.3)
