"""Each call of a driver has a time limit."""

import threading
from collections.abc import Mapping

import pytest

from harness.orchestrators.bounded import BoundedDriver, DriverBlocked
from harness.orchestrators.driver import ApiError, RunState


class Blocks:
    """Blocks in `state` until it is released."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def ready(self) -> bool:
        return True

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        return parameters["trial"]

    def state(self, run: str) -> RunState:
        self.over.wait()
        return RunState.RUNNING

    def attempts(self, run: str) -> None:
        raise TypeError("no attempts")

    def runs(self, workload: str, trial: str) -> list[str]:
        return [trial]

    def helper(self) -> None:
        pass


@pytest.fixture
def bounded() -> BoundedDriver:
    return BoundedDriver(Blocks(), limit_s=0.3)


def test_answers_and_optional_methods_pass(bounded: BoundedDriver) -> None:
    assert bounded.ready()
    assert bounded.trigger("etl", {"trial": "t"}) == "t"
    assert bounded.runs("etl", "t") == ["t"]
    with pytest.raises(ApiError, match=r"the driver has no method `cancel\(run\)`"):
        bounded.cancel("t")


def test_a_call_that_blocks_is_named_and_the_next_call_is_made(bounded: BoundedDriver) -> None:
    with pytest.raises(DriverBlocked, match=r"the driver's `state` did not return in 0\.3 s"):
        bounded.status("t")
    assert bounded.ready()
    bounded.driver.over.set()  # type: ignore[attr-defined]


def test_a_drivers_exception_is_marked_as_its_own(bounded: BoundedDriver) -> None:
    with pytest.raises(TypeError, match="no attempts") as raised:
        bounded.attempts("t")
    assert bounded.failed(raised.value)
    assert not bounded.failed(OSError("no room"))
