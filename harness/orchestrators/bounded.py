"""Calls a driver: each call has a time limit, and its response is checked. Nobody waits for a blocked call."""

from collections.abc import Mapping
from typing import Any

from harness.errors import Failure
from harness.in_time import OutOfTime, in_time
from harness.orchestrators.answers import OddAnswer, asked, held
from harness.orchestrators.driver import ApiError, Attempt, Driver, RunStatus

LIMIT_S = 20.0
"""The time limit of a call. A request has 5 s, and no driver makes more than a few requests."""


class DriverBlocked(Failure):
    """A driver's method did not return in time. The message names it."""


class BoundedDriver:
    """A driver as the harness calls it.

    Every call raises what the driver raises, `DriverBlocked` if it does not return in time, and `OddAnswer` if its
    response breaks the protocol. `raised` is the last error of a call.
    """

    raised: BaseException | None = None

    def __init__(self, driver: Driver, limit_s: float = LIMIT_S) -> None:
        self.driver = driver
        self._limit_s = limit_s

    def ready(self) -> bool:
        """Whether the orchestrator says that it is ready."""
        ready: bool = self._call("ready")
        return ready

    def trigger(self, workload: str, parameters: Mapping[str, str], *, once: bool = False) -> str:
        """Start a run and return its id. With `once`, a repeated trigger starts no second run, if the tool can."""
        method = "trigger_once" if once and hasattr(self.driver, "trigger_once") else "trigger"
        run: str = self._call(method, workload, parameters)
        return run

    def status(self, run: str) -> RunStatus:
        """Return the current state of a run."""
        status: RunStatus = self._call("state", run)
        return status

    def attempts(self, run: str) -> list[Attempt] | None:
        """Return the orchestrator's attempt history of a run, or `None` if it keeps none."""
        history: list[Attempt] | None = self._call("attempts", run)
        return history

    def runs(self, workload: str, trial: str) -> list[str] | None:
        """Return the runs of a trial, or `None` if the driver cannot query them."""
        runs: list[str] | None = self._call("runs", workload, trial) if hasattr(self.driver, "runs") else None
        return runs

    def cancel(self, run: str) -> None:
        """Cancel a run. Raises `ApiError` if the driver cannot."""
        if not hasattr(self.driver, "cancel"):
            raise ApiError("the driver has no method `cancel(run)`, and the manifest has no [unsupported.cancelled]")
        self._call("cancel", run)

    def failed(self, error: BaseException) -> bool:
        """Whether an error came from a call, and not from the harness."""
        return isinstance(error, OddAnswer) or self.raised is error

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return held(method, in_time(self._limit_s, lambda: asked(getattr(self.driver, method), *arguments)))
        except OutOfTime:
            self.raised = DriverBlocked(
                f"the driver's `{method}` did not return in {self._limit_s:g} s (each request through "
                "harness.orchestrators.loopback.client has a limit of 5 s, and the harness does the waiting)"
            )
            raise self.raised from None
        except BaseException as error:
            self.raised = error
            raise
