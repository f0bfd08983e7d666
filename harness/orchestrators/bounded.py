"""A driver whose every call has a time limit. One that blocks is an error of the driver, and nobody waits for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.errors import Failure
from harness.in_time import OutOfTime, in_time
from harness.orchestrators.answers import OddAnswer, asked
from harness.orchestrators.driver import Attempt, Driver, RunState, Told

LIMIT_S = 20.0
"""How long a call may take: its requests have 5 s each, and no driver makes more than a few of them."""
_OFFERED = ("runs", "cancel", "trigger_once")
"""What a driver may offer beside the protocol."""


class DriverBlocked(Failure):
    """A driver's method did not return in time; the message names it."""


class BoundedDriver:
    """Passes every call on to a driver, and raises `DriverBlocked` where it does not return in time.

    `raised` is the last error of a call: what fails with it has failed in the driver, and not in the harness.
    """

    raised: BaseException | None = None

    def __init__(self, driver: Driver, limit_s: float = LIMIT_S) -> None:
        self.driver = driver
        self._limit_s = limit_s

    def ready(self) -> bool:
        """Pass the question on."""
        answer: bool = self._call("ready")
        return answer

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Pass the trigger on."""
        run: str = self._call("trigger", workload, parameters)
        return run

    def state(self, run: str) -> RunState | Told:
        """Pass the question on."""
        answer: RunState | Told = self._call("state", run)
        return answer

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Pass the question on."""
        answer: Sequence[Attempt] | None = self._call("attempts", run)
        return answer

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Offer what the driver offers beside the protocol, and nothing else."""
        if name not in _OFFERED or not hasattr(self.driver, name):
            raise AttributeError(name)
        return lambda *arguments: self._call(name, *arguments)

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return in_time(self._limit_s, lambda: asked(getattr(self.driver, method), *arguments))
        except OutOfTime:
            self.raised = DriverBlocked(
                f"its driver's `{method}` did not return in {self._limit_s:g} s: each request through "
                "harness.orchestrators.loopback.client has a limit of 5 s, and the harness does the waiting"
            )
            raise self.raised from None
        except BaseException as error:
            self.raised = error
            raise


def failed_in_driver(driver: Driver, error: BaseException) -> bool:
    """Whether an error came out of a driver's call; where that is not known, it is taken to have."""
    return isinstance(error, OddAnswer) or getattr(driver, "raised", error) is error


def unbounded(driver: Driver) -> Driver:
    """Return the driver itself, for whoever keeps the limit otherwise."""
    return driver.driver if isinstance(driver, BoundedDriver) else driver
