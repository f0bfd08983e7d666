"""What a trial amounts to: a pure function of what was seen of it, so that an audit can judge a record again.

Knows scenarios, events and accounts of attempts; nothing of clocks, stacks or files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.experiment.conduct import misconduct
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Event, attempts, retry_delays_s
from harness.orchestrators.driver import Attempt, RunState

Outcome = Literal["valid", "invalid", "failed", "hung", "error"]

CLOCK_STEP_S = 1.0
"""How far wall clock and monotonic clock may part during a trial: more is a clock that was set, or a suspended host."""
ABSENT_S = 1.0
"""For how long at a stretch the harness may not run during a trial: more, and what it saw late is no verdict."""
TRIES = 3
"""How often a trial is run at most that ends in an error: such a one tells nothing of the tool."""
STAMP_TOLERANCE_S = 1e-3
"""How far a stamp may lie outside of what it belongs to: probe and harness read one clock."""
MOST_ATTEMPTS = 100
"""How many attempts an account may tell of: no scenario comes near it."""
_ATTEMPTS_SHOWN = 5
OWN_END_TOLERANCE_S = 0.1
"""How much earlier than the last step's end a tool's own record may say that the run ended: its clock is the wall's."""


@dataclass(frozen=True)
class Seen:
    """What was seen of one run.

    `state` is its final state, or `None` without one. `finished_ns` (monotonic) is when that state was first told.
    `told` is the orchestrator's own account of attempts, `None` where it keeps none. `difference` says how the output
    departs from what it must be. `error` is what its API, its driver or its events failed with.

    `sent_ns` (monotonic) is when its trigger was sent. `ended_told_s` (Unix) is its end by the tool's own record,
    `None` where that keeps none. `strangers` are trials of which events came meanwhile, other than this one.
    `clock_step_s` is how far the wall clock parted from the monotonic one. `absent_s` is for how long at a stretch the
    harness did not run meanwhile. `runs_told` is how many runs of this trial
    the tool knows, `None` where it was not asked: its trigger was accepted at once, or the driver cannot ask.
    """

    state: RunState | None
    sent_ns: int
    finished_ns: int
    events: Sequence[Event]
    told: Sequence[Attempt] | None
    difference: str
    error: str
    ended_told_s: float | None = None
    strangers: Sequence[str] = ()
    clock_step_s: float = 0.0
    runs_told: int | None = None
    absent_s: float = 0.0


def judge(scenario: Scenario, seen: Seen) -> tuple[Outcome, str]:
    """Say what a trial amounts to, and why if it is not valid."""
    if absence := absent(seen.absent_s):
        return "error", absence
    if abs(seen.clock_step_s) > CLOCK_STEP_S:
        return "error", f"the clock stepped by {seen.clock_step_s:+.1f} s"
    if seen.error:
        return "error", seen.error
    if seen.runs_told is not None and seen.runs_told > 1:
        return "failed", f"a refused trigger started a run after all: it knows {seen.runs_told} of this trial"
    if seen.state is None:
        return "hung", "no final state within the trial's limit"
    expected = scenario.expected
    if seen.state != expected.state:
        return "failed", f"the tool reported {seen.state}, expected {expected.state}"
    if (
        untimely := _before_its_trigger(seen)
        or _clocks_part(seen)
        or _still_running(seen)
        or _ended_before_its_end(seen)
    ):
        return "failed", untimely
    if seen.difference:
        return "invalid", seen.difference
    counts = attempts(seen.events)
    for step, count in expected.attempts.items():
        if counts[step] != count:
            strangers = "" if seen.events else ", ".join(seen.strangers)
            elsewhere = f"; events stand under {strangers}" if strangers else ""
            return "failed", f"{step} was started {counts[step]} times, expected {count}{elsewhere}"
    if hasty := _retried_too_soon(scenario, seen.events):
        return "failed", hasty
    if odd := disagreement(seen.events, seen.told) or misconduct(scenario, seen.events):
        return "failed", odd
    return "valid", ""


def absent(absent_s: float) -> str:
    """Say for how long the harness did not run; empty where that changes nothing."""
    return f"the harness did not run for {absent_s:.1f} s" if absent_s > ABSENT_S else ""


def disagreement(events: Sequence[Event], told: Sequence[Attempt] | None) -> str:
    """Say how an orchestrator's own account of attempts departs from the probe's; empty where it does not.

    An orchestrator that keeps no account contradicts nothing.
    """
    if told is None:
        return ""
    if len(told) > MOST_ATTEMPTS:
        return f"its own account tells of more than {MOST_ATTEMPTS} attempts"
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


def _before_its_trigger(seen: Seen) -> str:
    """Say which event is stamped before its trigger was sent."""
    for event in seen.events:
        early_s = (seen.sent_ns - event.monotonic_ns) / 1e9
        if early_s > STAMP_TOLERANCE_S:
            return f"{event.step} {event.event} {early_s:.3f} s before its trigger was sent"
    return ""


def _clocks_part(seen: Seen) -> str:
    """Say how far the two clocks of its events part, which are read at once."""
    offsets = [event.time_ns - event.monotonic_ns for event in seen.events]
    apart_s = (max(offsets) - min(offsets)) / 1e9 if offsets else 0.0
    return f"the two clocks of its events part by {apart_s:.3f} s" if apart_s > CLOCK_STEP_S else ""


def _ended_before_its_end(seen: Seen) -> str:
    """Say how much earlier than the last step's end the tool's own record has the end of the run."""
    if seen.ended_told_s is None:
        return ""
    last = max((event for event in seen.events if event.event == "ended"), key=lambda e: e.time_ns, default=None)
    if last is None:
        return ""
    early_s = last.time_ns / 1e9 - seen.ended_told_s
    if early_s <= OWN_END_TOLERANCE_S:
        return ""
    return f"its own record says that it ended {early_s:.3f} s before {last.step} had ended"


def _retried_too_soon(scenario: Scenario, events: Sequence[Event]) -> str:
    """Say which step was tried again before the delay that it was set to."""
    for step in scenario.expected.attempts:
        for delay_s in retry_delays_s(events, step):
            if delay_s < scenario.retry_delay_s - STAMP_TOLERANCE_S:
                return f"{step} was tried again after {delay_s:.3f} s, set were {scenario.retry_delay_s:g} s"
    return ""


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
    shown = [
        f"attempt {number} of {step} ({'succeeded' if succeeded else 'failed'})"
        for step, number, succeeded in sorted(attempts_)[:_ATTEMPTS_SHOWN]
    ]
    more = len(attempts_) - len(shown)
    return ", ".join([*shown, f"{more} more"] if more else shown)
