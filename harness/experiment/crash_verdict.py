"""Judges a run that went through a crash scenario: a pure function of its observations, for trial and audit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pydantic import BaseModel, ConfigDict

from harness.experiment.crash import Crash, CrashVerdict
from harness.experiment.golden import Output
from harness.experiment.timeline import Event, attempts
from harness.orchestrators.driver import RunState

COPIES_MEET_S = 0.05
"""How long two attempts must overlap to count as two copies. Stamps lag slightly behind a crash."""
UNFINISHED = ".tmp"
"""The suffix of a file that export has not yet renamed."""


class Snapshot(BaseModel):
    """One look at a run: its reported final state, or `None`, and the content of the warehouse."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: RunState | None
    output: Output

    @property
    def right(self) -> bool:
        """Whether the data are correct and delivered once."""
        return not self.output.difference

    @property
    def untouched(self) -> bool:
        """Whether nothing was delivered: no table, and no file except unfinished ones."""
        return not self.output.tables and all(name.endswith(UNFINISHED) for name in self.output.files)


@dataclass(frozen=True)
class CrashEvidence:
    """The observations of a run: a look at its reported end, a later look, its events, and surviving copies.

    `lived_on` are attempts without an end whose process was alive at the later look. `next_run` is the final state of
    the run after it, or `None` without one.
    """

    told: Snapshot
    later: Snapshot
    events: Sequence[Event]
    lived_on: Sequence[str]
    next_run: RunState | None


def judge_crash(crash: Crash, traces: CrashEvidence) -> CrashVerdict:
    """Return the verdict on a run."""
    told, later = traces.told, traces.later
    state = later.state
    if crash.wanted == "freed":
        return "freed" if traces.next_run == RunState.SUCCESS else "held"
    if crash.wanted == "stopped":
        return _of_cancelled(traces)
    if state is None:
        return "stuck"
    if state == RunState.FAILED:
        if crash.wanted == "calm":
            return "false alarm"
        if later.untouched:
            return "failed"
        return "false failure" if later.right else "damaged"
    if crash.wanted == "once":
        return "once" if later.right else "twice"
    # Users act on a reported success at once, so data that become correct later were wrong when it counted.
    if not later.right or (told.state == RunState.SUCCESS and not told.right):
        return "false success"
    if crash.wanted == "calm" and any(count > 1 for count in attempts(traces.events).values()):
        return "false alarm"
    return "calm" if crash.wanted == "calm" else "recovered"


def too_late(crash: Crash, events: Sequence[Event], did_s: float | None) -> bool:
    """Whether the attempt that announced the fault succeeded before the act, so that nothing was hit.

    `did_s` is the delay of the act after the announcement in seconds, or `None` if it was not recorded. A success
    within a stop's grace period is no miss. For the warehouse, an early success is proof: a stopped or disconnected
    database commits no transaction until it is back.
    """
    announced = next((event for event in events if event.event == "fault"), None)
    if announced is None or crash.moment != "fault":
        return False
    name = attempt_name(announced)
    own = (e for e in events if (e.event, e.outcome) == ("ended", "success") and attempt_name(e) == name)
    if (ended := next(own, None)) is None:
        return False
    ended_s = (ended.monotonic_ns - announced.monotonic_ns) / 1e9
    match crash.act:
        case "take the warehouse down":
            return True
        case "cut off the warehouse":
            return ended_s < (crash.lasts_s or 0.0)
        case "stop the stack":
            return False
        case _:
            return did_s is not None and ended_s < did_s


def _of_cancelled(traces: CrashEvidence) -> CrashVerdict:
    later = traces.later
    if later.state is None and not traces.lived_on:
        return "stuck"
    went_on = later.state == RunState.SUCCESS or not later.untouched or bool(traces.lived_on)
    return "ran on" if went_on else "stopped"


def spans(events: Iterable[Event], alive_until_ns: Mapping[str, int]) -> dict[str, tuple[str, int, int]]:
    """Return step, start and end (monotonic nanoseconds) of each attempt by its name.

    If an attempt never reported its end, it ends when its process was last seen alive.
    """
    started: dict[str, Event] = {}
    ends: dict[str, int] = {}
    for event in events:
        if event.event == "started":
            started[attempt_name(event)] = event
        else:
            # A fault is a sign of life too: the last one of a process that it kills.
            ends[attempt_name(event)] = event.monotonic_ns
    return {
        name: (
            event.step,
            event.monotonic_ns,
            max(ends.get(name, event.monotonic_ns), alive_until_ns.get(name, event.monotonic_ns)),
        )
        for name, event in started.items()
    }


def attempt_name(event: Event) -> str:
    """Return the name of an attempt: its step, its number and its process id."""
    return f"{event.step} {event.attempt} ({event.pid})"


def overlap_s(events: Iterable[Event], alive_until_ns: Mapping[str, int]) -> float:
    """Return how many seconds two copies of a step ran in parallel, summed over all pairs of attempts."""
    together = 0.0
    for one, other in combinations(spans(events, alive_until_ns).values(), 2):
        if one[0] == other[0]:
            shared_s = (min(one[2], other[2]) - max(one[1], other[1])) / 1e9
            together += shared_s if shared_s > COPIES_MEET_S else 0.0
    return together


def unended(events: Iterable[Event]) -> list[Event]:
    """Return the starts of attempts that never reported an end."""
    events = list(events)
    ended = {attempt_name(event) for event in events if event.event == "ended"}
    return [event for event in events if event.event == "started" and attempt_name(event) not in ended]
