"""What a trial amounts to: a pure function of what was seen of it, so that an audit can judge a record again.

Knows scenarios, events and accounts of attempts; nothing of clocks, stacks or files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from harness.driver import RunState
from harness.scenario import Scenario
from harness.timeline import Event, attempts

Outcome = Literal["valid", "invalid", "failed", "hung", "error"]


class Told(Protocol):
    """One attempt of one step in the orchestrator's own account."""

    @property
    def step(self) -> str:
        """The step's name."""

    @property
    def number(self) -> int:
        """Which attempt of the step it was, from 1."""

    @property
    def succeeded(self) -> bool:
        """How it ended."""


@dataclass(frozen=True)
class Seen:
    """What was seen of one run.

    `state` is its final state or `None`; `finished_ns` (monotonic) when that state was first told; `told` the
    orchestrator's own account of attempts, `None` where it keeps none; `difference` how the output departs from what
    it must be; `error` what its API or driver failed with.
    """

    state: RunState | None
    finished_ns: int
    events: Sequence[Event]
    told: Sequence[Told] | None
    difference: str
    error: str


def judge(scenario: Scenario, seen: Seen) -> tuple[Outcome, str]:
    """Say what a trial amounts to, and why if it is not valid."""
    if seen.error:
        return "error", seen.error
    if seen.state is None:
        return "hung", "no final state within the trial's limit"
    wanted = RunState.SUCCESS if scenario.succeeds else RunState.FAILED
    if seen.state != wanted:
        return "failed", f"ended {seen.state}, expected {wanted}"
    if early := _still_running(seen):
        return "failed", early
    if seen.difference:
        return "invalid", seen.difference
    counts = attempts(seen.events)
    for step, expected in scenario.attempts.items():
        if counts[step] != expected:
            return "failed", f"{step} was started {counts[step]} times, expected {expected}"
    if lie := disagreement(seen.events, seen.told):
        return "failed", lie
    return "valid", ""


def disagreement(events: Sequence[Event], told: Sequence[Told] | None) -> str:
    """Say how an orchestrator's own account of attempts departs from the probe's; empty where it does not.

    An orchestrator that keeps no account contradicts nothing.
    """
    if told is None:
        return ""
    probed = {(event.step, event.attempt, event.outcome == "success") for event in events if event.event == "ended"}
    account = {(each.step, each.number, each.succeeded) for each in told}
    if probed == account:
        return ""
    unseen, untold = (", ".join(map(_words, sorted(some))) for some in (account - probed, probed - account))
    parts = [f"tells of {unseen}, which did not happen"] if unseen else []
    parts += [f"does not tell of {untold}"] if untold else []
    return f"its own account of attempts {' and '.join(parts)}"


def _still_running(seen: Seen) -> str:
    """Say which step was at work when the run's last word came; a step that was cut off never ends."""
    ended = {(e.step, e.attempt): e.monotonic_ns for e in seen.events if e.event == "ended"}
    for event in seen.events:
        if event.event == "started" and (end_ns := ended.get((event.step, event.attempt))) is not None:
            if end_ns > seen.finished_ns:
                late_s = (end_ns - seen.finished_ns) / 1e9
                return f"reported {seen.state} {late_s:.3f} s before {event.step} had ended"
        elif event.event == "started":
            return f"reported {seen.state}, but {event.step} has not ended"
    return ""


def _words(attempt: tuple[str, int, bool]) -> str:
    step, number, succeeded = attempt
    return f"attempt {number} of {step} ({'succeeded' if succeeded else 'failed'})"
