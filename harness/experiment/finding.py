"""What is left of a run that went through a crash scenario: a pure function of what was seen, for trial and audit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pydantic import BaseModel, ConfigDict

from harness.experiment.crash import Crash, Finding
from harness.experiment.golden import Output
from harness.experiment.timeline import Event, attempts
from harness.orchestrators.driver import RunState

COPIES_MEET_S = 0.05
"""How long two attempts of a step must be alive together to count as two copies: stamps lag a death a little."""
UNFINISHED = ".tmp"
"""How the name of a file ends that export has not yet put in its place."""


class Look(BaseModel):
    """One look at a run: the state that was told by then, `None` for no final one, and what was in the warehouse."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: RunState | None
    output: Output

    @property
    def right(self) -> bool:
        """Whether the data are there as they should be, and went out once."""
        return not self.output.difference

    @property
    def untouched(self) -> bool:
        """Whether nothing went out: no table, and no file but what an attempt had begun to write."""
        return not self.output.tables and all(name.endswith(UNFINISHED) for name in self.output.files)


@dataclass(frozen=True)
class Traces:
    """All that was seen of a run: the look at its told end and the later one, its events, and copies that lived on.

    `lived_on` are attempts without an end whose process was alive when the later look was taken. `next_run` is how the
    run after it ended, `None` for not at all.
    """

    told: Look
    later: Look
    events: Sequence[Event]
    lived_on: Sequence[str]
    next_run: RunState | None


def find(crash: Crash, traces: Traces) -> Finding:
    """Say what is left of a run."""
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
    # Who was told success acts on it at once: data that become right later were wrong when it counted.
    if not later.right or (told.state == RunState.SUCCESS and not told.right):
        return "false success"
    if crash.wanted == "calm" and any(count > 1 for count in attempts(traces.events).values()):
        return "false alarm"
    return "calm" if crash.wanted == "calm" else "recovered"


def too_late(crash: Crash, events: Sequence[Event], did_s: float | None) -> bool:
    """Whether the attempt that announced the moment had ended well before anything was done to it: nothing was struck.

    `did_s` is how many seconds after the announcement that was done; `None` where it was not recorded. An end within a
    stop's grace is no miss. What becomes of the warehouse shows by itself: no transaction is committed by a server that
    was shut down, nor across a network that is cut, until it is back.
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


def _of_cancelled(traces: Traces) -> Finding:
    later = traces.later
    if later.state is None and not traces.lived_on:
        return "stuck"
    went_on = later.state == RunState.SUCCESS or not later.untouched or bool(traces.lived_on)
    return "ran on" if went_on else "stopped"


def spans(events: Iterable[Event], alive_until_ns: Mapping[str, int]) -> dict[str, tuple[str, int, int]]:
    """Return step, start and end (monotonic nanoseconds) of each attempt by its name.

    An attempt that never told its end has one all the same: when its process was last seen alive, by its name.
    """
    started: dict[str, Event] = {}
    ends: dict[str, int] = {}
    for event in events:
        if event.event == "started":
            started[attempt_name(event)] = event
        else:
            # A fault is a sign of life as well: the last one of a process that it kills.
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
    """Return the name of an attempt: its step, its number, and the process that ran it."""
    return f"{event.step} {event.attempt} ({event.pid})"


def overlap_s(events: Iterable[Event], alive_until_ns: Mapping[str, int]) -> float:
    """Return the seconds during which two copies of one step ran, summed over every pair of attempts."""
    together = 0.0
    for one, other in combinations(spans(events, alive_until_ns).values(), 2):
        if one[0] == other[0]:
            shared_s = (min(one[2], other[2]) - max(one[1], other[1])) / 1e9
            together += shared_s if shared_s > COPIES_MEET_S else 0.0
    return together


def unended(events: Iterable[Event]) -> list[Event]:
    """Return the starts of attempts that never told their end."""
    events = list(events)
    ended = {attempt_name(event) for event in events if event.event == "ended"}
    return [event for event in events if event.event == "started" and attempt_name(event) not in ended]
