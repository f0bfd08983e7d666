"""From stamps to phases: splits a trial into spans that sum to the total.

Pure functions over stamps in nanoseconds of the kernel's monotonic clock. Knows no orchestrator and does not wait.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from harness.experiment.bounded import Figure

STEPS = ("load", "transform", "export")


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the probe: the start or end of a step's attempt, or a `fault` that hits it.

    `imported` lists the modules of `etl` that the process of a `noop` step had imported. Other steps do not have it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    event: Literal["started", "ended", "fault"]
    trial: str
    step: str
    attempt: Figure
    pid: Figure
    host: str
    monotonic_ns: Figure
    time_ns: Figure
    outcome: Literal["success", "failure"] | None = None
    error: str | None = None
    rows_in: Figure | None = None
    rows_out: Figure | None = None
    imported: list[str] | None = None
    fault: str | None = None
    at: str | None = None


class Phases(BaseModel):
    """The named spans of a trial in seconds. `total_s` is the sum of the other five.

    `queue_s` and `hops_s` may be negative: a run can start before the trigger's response, and attempts can overlap.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    trigger_s: float
    queue_s: float
    work_s: float
    hops_s: float
    finish_s: float
    total_s: float

    @property
    def overhead_s(self) -> float:
        """The total time minus the step time."""
        return self.total_s - self.work_s


class TimelineError(Exception):
    """The stamps do not describe a run that began and ended."""


def bodies(events: Iterable[Event]) -> list[tuple[Event, Event]]:
    """Pair start and end of each attempt that has both, in the order of starts."""
    started = {(e.step, e.attempt, e.pid): e for e in events if e.event == "started"}
    ended = {(e.step, e.attempt, e.pid): e for e in events if e.event == "ended"}
    return [(start, ended[key]) for key, start in started.items() if key in ended]


def phases(events: Sequence[Event], sent_ns: int, accepted_ns: int, finished_ns: int) -> Phases:
    """Split a trial into its phases. Stamps are monotonic nanoseconds on one host.

    `work` is the sum of all step bodies. `hops` is all other time between the first body's start and the last body's
    end, including a retry's delay. Raises `TimelineError` if no step ended.
    """
    spans = bodies(events)
    if not spans:
        raise TimelineError("no step ended")
    first_ns = min(start.monotonic_ns for start, _ in spans)
    last_ns = max(end.monotonic_ns for _, end in spans)
    work_ns = sum(end.monotonic_ns - start.monotonic_ns for start, end in spans)
    return Phases(
        trigger_s=(accepted_ns - sent_ns) / 1e9,
        queue_s=(first_ns - accepted_ns) / 1e9,
        work_s=work_ns / 1e9,
        hops_s=(last_ns - first_ns - work_ns) / 1e9,
        finish_s=(finished_ns - last_ns) / 1e9,
        total_s=(finished_ns - sent_ns) / 1e9,
    )


def attempts(events: Iterable[Event]) -> dict[str, int]:
    """Count how often each step was started."""
    counts = dict.fromkeys(STEPS, 0)
    for event in events:
        if event.event == "started":
            counts[event.step] = counts.get(event.step, 0) + 1
    return counts


def retry_delays_s(events: Iterable[Event], step: str) -> list[float]:
    """Return the seconds from each failed attempt's end to the next attempt's start."""
    own = [event for event in events if event.step == step]
    # Most trials have no failure.
    if "failure" not in {event.outcome for event in own}:
        return []
    return [
        (following.monotonic_ns - end.monotonic_ns) / 1e9
        for (_, end), (following, _) in pairwise(bodies(own))
        if end.outcome == "failure"
    ]


def rerun_steps(events: Iterable[Event]) -> list[str]:
    """Return the steps that started again after their success, once per such start."""
    succeeded: set[str] = set()
    rerun = []
    for event in events:
        if event.event == "started" and event.step in succeeded:
            rerun.append(event.step)
        elif event.event == "ended" and event.outcome == "success":
            succeeded.add(event.step)
    return rerun
