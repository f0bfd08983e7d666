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
    """The orchestrator refused a trigger for now (say, a busy database); the same request may succeed."""


class ApiError(Exception):
    """The orchestrator answered a request with an error that HTTP does not show."""


class Driver(Protocol):
    """Speaks one orchestrator's own API.

    Every method makes short requests (5 s at most each) through `harness.orchestrators.loopback.client`, and returns;
    the harness does the waiting. Errors of HTTP (`httpx.HTTPError`) and `ApiError` pass through: the harness knows
    what they mean at each moment.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        """Hold the endpoint; open no connection yet."""

    def ready(self) -> bool:
        """Whether a trigger sent now would be run: API, scheduler, and both pipelines known."""

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start one run of the pipeline `workload` and return the run's id once the API accepted it.

        `parameters` hold `trial` and `month`. Raises `Refused` when the same request is worth another try.
        """

    def state(self, run: str) -> RunState:
        """Return the run's state as the orchestrator tells it now."""

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return every step attempt of a finished run, in any order, as the orchestrator accounts for them.

        An account that is written behind the run may be incomplete: the harness asks again. `None` where no account
        is kept.
        """
