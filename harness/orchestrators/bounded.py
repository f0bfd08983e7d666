"""A driver with a time limit per call. A blocked call is an error of the driver, and nobody waits for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.errors import Failure
from harness.in_time import OutOfTime, in_time
from harness.orchestrators.answers import OddAnswer, asked
from harness.orchestrators.driver import Attempt, Driver, RunState, RunStatus

LIMIT_S = 20.0
"""The time limit of a call. A request has 5 s, and no driver makes more than a few requests."""
_OFFERED = ("runs", "cancel", "trigger_once")
"""Optional methods of a driver."""


class DriverBlocked(Failure):
    """A driver's method did not return in time. The message names it."""


class BoundedDriver:
    """Forwards every call to a driver, and raises `DriverBlocked` if it does not return in time.

    `raised` is the last error of a call. A failure with this error happened in the driver, not in the harness.
    """

    raised: BaseException | None = None

    def __init__(self, driver: Driver, limit_s: float = LIMIT_S) -> None:
        self.driver = driver
        self._limit_s = limit_s

    def ready(self) -> bool:
        """Forward the query."""
        answer: bool = self._call("ready")
        return answer

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Forward the trigger."""
        run: str = self._call("trigger", workload, parameters)
        return run

    def state(self, run: str) -> RunState | RunStatus:
        """Forward the query."""
        answer: RunState | RunStatus = self._call("state", run)
        return answer

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Forward the query."""
        answer: Sequence[Attempt] | None = self._call("attempts", run)
        return answer

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Offer the driver's optional methods, and nothing else."""
        if name not in _OFFERED or not hasattr(self.driver, name):
            raise AttributeError(name)
        return lambda *arguments: self._call(name, *arguments)

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return in_time(self._limit_s, lambda: asked(getattr(self.driver, method), *arguments))
        except OutOfTime:
            self.raised = DriverBlocked(
                f"the driver's `{method}` did not return in {self._limit_s:g} s (each request through "
                "harness.orchestrators.loopback.client has a limit of 5 s, and the harness does the waiting)"
            )
            raise self.raised from None
        except BaseException as error:
            self.raised = error
            raise


def failed_in_driver(driver: Driver, error: BaseException) -> bool:
    """Whether an error came from a driver's call. If unknown, it counts as the driver's."""
    return isinstance(error, OddAnswer) or getattr(driver, "raised", error) is error


def unbounded(driver: Driver) -> Driver:
    """Return the driver itself, for callers with their own limit."""
    return driver.driver if isinstance(driver, BoundedDriver) else driver
