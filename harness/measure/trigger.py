"""Sends the trigger of a trial, and polls an orchestrator until it responds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import stamina

from harness.errors import Failure, origin
from harness.experiment.crash import Crash
from harness.experiment.scenario import Scenario
from harness.measure.event_file import EventsError, read_events
from harness.measure.stack import Stack
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import ApiError, Refused, RunState

POLL_FAILED = (httpx.HTTPError, ApiError)
"""Exceptions of a driver's polls, which are repeated until a limit."""
ACCOUNT_LIMIT_S = 10.0
"""How long to query an orchestrator about a run."""
FINISH_POLL_S = 0.02
"""Polling interval of the API after the last step has ended: the resolution of `finish`."""
_REFUSAL_PAUSE_S = 0.1
_REFUSAL_LIMIT_S = 60.0
A = TypeVar("A")


@dataclass
class RunObservation:
    """The observations of one run from its trigger on. `resolution_s` is the polling interval that saw its end."""

    sent_ns: int = 0
    accepted_ns: int = 0
    finished_ns: int = 0
    refusals: int = 0
    runs_told: int | None = None
    state: RunState | None = None
    ended_told_s: float | None = None
    resolution_s: float = FINISH_POLL_S


class DriverTripped(Failure):
    """A driver failed in a way that an API does not explain. The message names the place."""


Asked = Scenario | Crash
"""The request for a run: a pipeline and a month."""


def send_trigger(stack: Stack, asked: Asked, trial: str, watch: RunObservation, *, once: bool = False) -> str:
    """Send the trigger until it is accepted. Time counts from the first try, and rejections are counted.

    With `once`, it has the tool's own idempotency key, if the tool supports one.

    Before it repeats a rejected trigger, it checks whether the tool started a run of this trial. Raises `ApiError` if a
    run started anyway and the driver cannot find it.
    """
    watch.sent_ns = time.monotonic_ns()
    while True:
        try:
            parameters = {"trial": trial, "month": asked.month}
            run = stack.driver.trigger(asked.workload, parameters, once=once)
        except Refused:
            watch.refusals += 1
            if (time.monotonic_ns() - watch.sent_ns) / 1e9 > _REFUSAL_LIMIT_S:
                raise
            time.sleep(_REFUSAL_PAUSE_S)
            started = runs_known(stack.driver, asked.workload, trial)
            if started:
                run = started[0]
            elif started is None and read_events(stack.running.exchange.events, trial):
                raise ApiError("the tool rejected the trigger but started a run anyway") from None
            else:
                continue
        watch.accepted_ns = time.monotonic_ns()
        return run


def runs_known(driver: BoundedDriver, workload: str, trial: str) -> list[str] | None:
    """Return the tool's runs of a trial, or `None` if the driver cannot query them."""
    return asked_until_answered(lambda: driver.runs(workload, trial))


class Answers:
    """Queries a server that may be down, and treats every exception of the driver as no response.

    A driver may fail on a partial response of such a server. If it still fails at the end of the timeout, the driver
    is at fault. `why` is the last failure.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tripped: dict[str, str] = {}
        self.why = ""

    def of(self, what: str, ask: Callable[[], A]) -> A | None:
        """Return a response of one kind, or `None`."""
        self._tripped.pop(what, None)
        try:
            return ask()
        except (*POLL_FAILED, Refused, EventsError) as error:
            self.why = origin(error, self._folder)
        except Exception as error:
            self.why = self._tripped[what] = origin(error, self._folder)
        return None

    def demand_a_sound_driver(self) -> None:
        """Raise `DriverTripped` if the last response of some kind is missing because of the driver."""
        for how in self._tripped.values():
            raise DriverTripped(f"the driver failed: {how}")


def asked_until_answered(ask: Callable[[], A]) -> A:
    """Return an orchestrator's response, with retries. Raises the last failure."""
    for attempt in stamina.retry_context(
        on=POLL_FAILED, attempts=None, timeout=ACCOUNT_LIMIT_S, wait_initial=0.25, wait_max=1.0
    ):
        with attempt:
            answer = ask()
    return answer
