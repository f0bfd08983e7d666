"""What the harness may ask of any orchestrator, and the words for its answers.

A `driver.py` in `pipelines/NAME/` defines a class `Driver` that fulfils the protocol below by speaking to that
tool's own HTTP API. This module knows no orchestrator, no isolation and no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from pydantic import ConfigDict


class RunState(StrEnum):
    """The state of a pipeline run, in words that fit every orchestrator."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        """Whether the orchestrator has said its last word on the run."""
        return self in (RunState.SUCCESS, RunState.FAILED)


@dataclass(frozen=True)
class Told:
    """What an orchestrator tells of a run: its state, and when it ended by the tool's own record (Unix seconds).

    The end is `None` for a run that goes on, and where the tool keeps none.
    """

    state: RunState
    ended_s: float | None = None


@dataclass(frozen=True)
class Attempt:
    """One attempt of one step, as the orchestrator itself accounts for it; records keep it as it is.

    Times are seconds since the Unix epoch, `None` where the tool does not tell.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    step: str
    number: int
    succeeded: bool
    started_s: float | None = None
    ended_s: float | None = None


@dataclass(frozen=True)
class Endpoint:
    """Where a served orchestrator is reached, and the secrets that were generated for its stack."""

    url: str
    secrets: Mapping[str, str]


class Refused(Exception):
    """The orchestrator's answer to a trigger says: not now, and nothing was started. It is sent again."""


class ApiError(Exception):
    """The orchestrator answered, and not with what was asked for, though HTTP shows no error."""


class Driver(Protocol):
    """Speaks one orchestrator's own API.

    Every method makes short requests (5 s at most each) through `harness.orchestrators.loopback.client`, and returns;
    the harness does the waiting. Errors of HTTP (`httpx.HTTPError`) and `ApiError` pass through, and mean the same for
    every orchestrator:

    - in `ready`: not yet, whatever is raised; the last reason is told if it never gets ready;
    - in `trigger`: the end of the trial, as an `error`, for nobody knows whether a run was started. `Refused` alone is
      sent again: raise it where `harness.orchestrators.loopback.says_not_now` does, or the tool's own words say so, and
      let the driver find the runs of a trial (`FindsRuns`);
    - in `state`, `attempts` and `runs`: a failed poll, which is asked again until the trial's limit.

    Anything else that is raised ends the trial as an `error` that names the driver's line, and so does a call that does
    not return in 20 s.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """Hold the endpoint; open no connection yet."""

    def ready(self) -> bool:
        """Whether a trigger sent now would be run: API, scheduler, and both pipelines known.

        It may raise whatever comes while the tool starts: that is "not yet", as `False` is.
        """

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start one run of the pipeline `workload` and return the run's id once the API accepted it.

        `parameters` hold `trial` and `month`. Raises `Refused` when the same request is worth another try.
        """

    def state(self, run: str) -> RunState | Told:
        """Return the run's state as the orchestrator tells it now; with its end, where the tool keeps one."""

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return every step attempt of a finished run, in any order, as the orchestrator accounts for them.

        An account that is written behind the run may be incomplete: the harness asks again. `None` where no account
        is kept.
        """


class FindsRuns(Protocol):
    """What a driver may offer beside the protocol: one that raises `Refused` should."""

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Return the ids of the runs of `workload` that were triggered with this trial, the first one first.

        It is asked after a refused trigger, before that is sent again, and once more after the run.
        """


class Cancels(Protocol):
    """What a driver may offer beside the protocol, where its tool can cancel a run."""

    def cancel(self, run: str) -> None:
        """Ask for a run's end, as a person does who presses the button for it."""


class TriggersOnce(Protocol):
    """What a driver may offer beside the protocol, where its tool can tell a trigger that it has had already."""

    def trigger_once(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start one run with the tool's own key against doubles, made of the trial; return that run's id each time."""
