"""The driver protocol: what the harness asks of any orchestrator, and the types of responses.

A `driver.py` in `pipelines/NAME/` defines a class `Driver` that implements the protocol below with the tool's own HTTP
API. This module knows no orchestrator, no isolation and no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from pydantic import ConfigDict


class RunState(StrEnum):
    """The state of a pipeline run, in terms that fit every orchestrator."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether the run has ended."""
        return self in (RunState.SUCCESS, RunState.FAILED)


@dataclass(frozen=True)
class RunStatus:
    """The reported status of a run: its state, and its end according to the tool (Unix seconds).

    The end is `None` if the run has not ended or the tool does not record it.
    """

    state: RunState
    ended_s: float | None = None


@dataclass(frozen=True)
class Attempt:
    """One attempt of one step in the orchestrator's attempt history. Records keep it unchanged.

    Times are seconds since the Unix epoch, or `None` if unknown.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    step: str
    number: int
    succeeded: bool
    started_s: float | None = None
    ended_s: float | None = None


@dataclass(frozen=True)
class Endpoint:
    """The address of a running orchestrator, and the secrets that were generated for its stack."""

    url: str
    secrets: Mapping[str, str]


class Refused(Exception):
    """The orchestrator rejected a trigger for now and started nothing. The harness sends it again."""


class ApiError(Exception):
    """The orchestrator's response is not the requested one, although HTTP shows no error."""


class Driver(Protocol):
    """Speaks one orchestrator's own API.

    Every method makes short requests (at most 5 s each) through `harness.orchestrators.loopback.client` and returns.
    The harness does the waiting. HTTP errors (`httpx.HTTPError`) and `ApiError` mean the same for every orchestrator:

    - In `ready`, any error means "not yet". If the stack never becomes ready, the harness reports the last error.
    - In `trigger`, an error ends the trial as an `error`, because a run may or may not have started. Only after
      `Refused` does the harness send the trigger again. Raise it if `harness.orchestrators.loopback.says_not_now` is
      true or the tool says so, and let the driver find the runs of a trial (`FindsRuns`).
    - In `state`, `attempts` and `runs`, an error is a failed poll. The harness repeats it until the trial's limit.

    Any other exception ends the trial as an `error` that names the driver's line. So does a call that does not return
    within 20 s.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """Keep the endpoint, but open no connection yet."""

    def ready(self) -> bool:
        """Whether a trigger would now start a run: API and scheduler run, and both pipelines are known.

        It may raise any exception while the tool starts. This means "not yet", like `False`.
        """

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start one run of the pipeline `workload` and return its id after the API has accepted it.

        `parameters` contain `trial` and `month`. Raises `Refused` if the same request can be sent again.
        """

    def state(self, run: str) -> RunState | RunStatus:
        """Return the run's current state, with its end if the tool records it."""

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return every step attempt of a finished run, in any order, from the orchestrator's attempt history.

        The history may lag behind the run, because the harness asks again. Return `None` if there is no history.
        """


class FindsRuns(Protocol):
    """An optional method of a driver. A driver that raises `Refused` should have it."""

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Return the ids of the runs of `workload` that were triggered with this trial, oldest first.

        The harness calls it before it repeats a rejected trigger, and once more after the run.
        """


class Cancels(Protocol):
    """An optional method of a driver, if its tool can cancel a run."""

    def cancel(self, run: str) -> None:
        """Cancel a run, as the button in the tool's UI does."""


class TriggersOnce(Protocol):
    """An optional method of a driver, if its tool can detect a repeated trigger."""

    def trigger_once(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start one run with the tool's idempotency key, derived from the trial. Return the same id each time."""
