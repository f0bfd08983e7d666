"""What a trial amounts to: a pure function of what was seen of it, so that an audit can judge a record again.

Knows scenarios, events and accounts of attempts; nothing of clocks, stacks or files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Event, attempts
from harness.orchestrators.driver import Attempt, RunState

Outcome = Literal["valid", "invalid", "failed", "hung", "error"]


@dataclass(frozen=True)
class Seen:
    """What was seen of one run.

    `state` is its final state, or `None` without one. `finished_ns` (monotonic) is when that state was first told.
    `told` is the orchestrator's own account of attempts, `None` where it keeps none. `difference` says how the output
    departs from what it must be. `error` is what its API or driver failed with.
    """

    state: RunState | None
    finished_ns: int
    events: Sequence[Event]
    told: Sequence[Attempt] | None
    difference: str
    error: str


def judge(scenario: Scenario, seen: Seen) -> tuple[Outcome, str]:
    """Say what a trial amounts to, and why if it is not valid."""
    if seen.error:
        return "error", seen.error
    if seen.state is None:
        return "hung", "no final state within the trial's limit"
    expected = scenario.expected
    if seen.state != expected.state:
        return "failed", f"ended {seen.state}, expected {expected.state}"
    if early := _still_running(seen):
        return "failed", early
    if seen.difference:
        return "invalid", seen.difference
    counts = attempts(seen.events)
    for step, count in expected.attempts.items():
        if counts[step] != count:
            return "failed", f"{step} was started {counts[step]} times, expected {count}"
    if lie := disagreement(seen.events, seen.told):
        return "failed", lie
    return "valid", ""


def disagreement(events: Sequence[Event], told: Sequence[Attempt] | None) -> str:
    """Say how an orchestrator's own account of attempts departs from the probe's; empty where it does not.

    An orchestrator that keeps no account contradicts nothing.
    """
    if told is None:
        return ""
    probed = {(event.step, event.attempt, event.outcome == "success") for event in events if event.event == "ended"}
    account = {(each.step, each.number, each.succeeded) for each in told}
    if probed == account:
        return ""
    parts = []
    if invented := account - probed:
        parts.append(f"tells of {_words(invented)}, which did not happen")
    if left_out := probed - account:
        parts.append(f"does not tell of {_words(left_out)}")
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


def _words(attempts_: set[tuple[str, int, bool]]) -> str:
    return ", ".join(
        f"attempt {number} of {step} ({'succeeded' if succeeded else 'failed'})"
        for step, number, succeeded in sorted(attempts_)
    )
