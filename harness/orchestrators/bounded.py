"""A driver whose every call has a time limit. One that blocks is an error of the driver, and nobody waits for it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.errors import Failure
from harness.in_time import Caller, OutOfTime
from harness.orchestrators.answers import OddAnswer
from harness.orchestrators.driver import Attempt, Driver, RunState, Told

LIMIT_S = 20.0
"""How long a call may take: its requests have 5 s each, and no driver makes more than a few of them."""
_OFFERED = ("runs", "cancel", "trigger_once")
"""What a driver may offer beside the protocol."""


class DriverBlocked(Failure):
    """A driver's method did not return in time; the message names it."""


class ForwardingDriver(ABC):
    """Passes every call on to a driver, in a thread and with a limit; what becomes of a call is for `_call` to say."""

    def __init__(self, driver: Driver, limit_s: float = LIMIT_S) -> None:
        self.driver = driver
        self._limit_s = limit_s
        self._caller = Caller()

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

    def close(self) -> None:
        """Let go of the thread in which calls are made."""
        self._caller.close()

    @abstractmethod
    def _call(self, method: str, *arguments: object) -> Any:
        """Call a method of the driver."""

    def _too_late(self, method: str) -> str:
        return (
            f"{method} did not return in {self._limit_s:g} s: each request through "
            "harness.orchestrators.loopback.client has a limit of 5 s, and the harness does the waiting"
        )


class BoundedDriver(ForwardingDriver):
    """Passes every call on to a driver, and raises `DriverBlocked` where it does not return in time.

    `raised` is the last error of a call: what fails with it has failed in the driver, and not in the harness.
    """

    raised: BaseException | None = None

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return self._caller.call(self._limit_s, lambda: getattr(self.driver, method)(*arguments))
        except OutOfTime:
            self.raised = DriverBlocked(f"the driver's {self._too_late(f'`{method}`')}")
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
