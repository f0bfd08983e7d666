"""The trigger of a trial, and asking an orchestrator until it answers."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import httpx
import stamina

from harness.errors import Failure, origin
from harness.experiment.timeline import EventsError, read_events
from harness.measure.stack import Stack
from harness.measure.watch import Watch
from harness.orchestrators.answers import runs_of, trigger_of
from harness.orchestrators.driver import ApiError, Driver, Refused

POLL_FAILED = (httpx.HTTPError, ApiError)
"""What a driver's polls may raise, of every orchestrator alike: asked again until a limit."""
ACCOUNT_LIMIT_S = 10.0
"""How long an orchestrator is asked for what it knows of a run."""
_REFUSAL_PAUSE_S = 0.1
_REFUSAL_LIMIT_S = 60.0
A = TypeVar("A")


class DriverTripped(Failure):
    """A driver failed in another way than an API fails; the message names the place."""


class Asked(Protocol):
    """What a run is asked to do."""

    @property
    def workload(self) -> str:
        """The pipeline."""

    @property
    def month(self) -> str:
        """The partition."""


def send_trigger(stack: Stack, asked: Asked, trial: str, watch: Watch, *, once: bool = False) -> str:
    """Send the trigger until it is accepted; time counts from the first try, and refusals are counted.

    With `once` it carries the tool's own key against doubles, where it has one.

    Before a refused trigger is sent again, the tool is asked for a run of this trial. Raises `ApiError` when one was
    started all the same by a tool that cannot be asked.
    """
    watch.sent_ns = time.monotonic_ns()
    while True:
        try:
            parameters = {"trial": trial, "month": asked.month}
            run = trigger_of(stack.driver, asked.workload, parameters, once=once)
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


def runs_known(driver: Driver, workload: str, trial: str) -> list[str] | None:
    """Return the runs of a trial that its tool knows of; `None` where its driver cannot ask for them."""
    return asked_until_answered(lambda: runs_of(driver, workload, trial))


class Answers:
    """Takes what a driver makes of a server that may be down: whatever it raises, nothing was told.

    A driver may trip over half an answer of such a server. But where it still trips when the patience is over, the tool
    was not silent: its driver is at fault. `why` says what the last failure was.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tripped: dict[str, str] = {}
        self.why = ""

    def of(self, what: str, ask: Callable[[], A]) -> A | None:
        """Return an answer of a kind; `None` where none came."""
        self._tripped.pop(what, None)
        try:
            return ask()
        except (*POLL_FAILED, Refused, EventsError) as error:
            self.why = origin(error, self._folder)
        except Exception as error:
            self.why = self._tripped[what] = origin(error, self._folder)
        return None

    def demand_a_sound_driver(self) -> None:
        """Raise `DriverTripped` where the last answer of some kind did not come because of the driver."""
        for how in self._tripped.values():
            raise DriverTripped(f"the driver failed: {how}")


def asked_until_answered(ask: Callable[[], A]) -> A:
    """Return an orchestrator's answer, asking again where it fails to give one; raises what it fails with at last."""
    for attempt in stamina.retry_context(
        on=POLL_FAILED, attempts=None, timeout=ACCOUNT_LIMIT_S, wait_initial=0.25, wait_max=1.0
    ):
        with attempt:
            answer = ask()
    return answer
