"""Judges a trial: a pure function of its observations, so that an audit can judge a record again.

Knows scenarios, events and attempt histories, but no clocks, stacks or files.
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
"""How far wall and monotonic clock may diverge in a trial. More means that the clock was set or the host suspended."""
ABSENT_S = 1.0
"""The longest pause of the harness during a trial. After a longer one, its late observations give no verdict."""
TRIES = 3
"""How often a trial is run at most if it ends in an error, which says nothing about the tool."""
STAMP_TOLERANCE_S = 1e-3
"""How far a stamp may lie outside its span. Probe and harness read the same clock."""
MOST_ATTEMPTS = 100
"""The longest attempt history. No scenario comes near it."""
_ATTEMPTS_SHOWN = 5
OWN_END_TOLERANCE_S = 0.1
"""How much earlier than the last step's end a tool may report the run's end, because it uses the wall clock."""


@dataclass(frozen=True)
class TrialEvidence:
    """The observations of one run.

    `state` is its final state, or `None` without one. `finished_ns` (monotonic) is when the tool first reported that
    state. `told` is the tool's attempt history, `None` if it keeps none. `difference` says how the output differs from
    the expected one. `error` is the failure of its API, driver or events.

    `sent_ns` (monotonic) is when its trigger was sent. `ended_told_s` (Unix) is its end according to the tool, or
    `None`. `strangers` are other trials whose events arrived meanwhile. `clock_step_s` is how far the wall clock
    diverged from the monotonic clock. `absent_s` is the longest time in which the harness did not run. `runs_told` is
    the tool's number of runs for this trial. It is `None` if the harness did not ask, because the tool accepted the
    trigger at once or because its driver cannot ask.
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


def judge(scenario: Scenario, seen: TrialEvidence, *, delays_retries: bool) -> tuple[Outcome, str]:
    """Return the outcome of a trial, and the reason if it is not valid.

    `delays_retries` is false for a tool that cannot wait before a retry, so its retries may come at once.
    """
    if absence := absent(seen.absent_s):
        return "error", absence
    if abs(seen.clock_step_s) > CLOCK_STEP_S:
        return "error", f"the clock stepped by {seen.clock_step_s:+.1f} s"
    if seen.error:
        return "error", seen.error
    if seen.runs_told is not None and seen.runs_told > 1:
        return "failed", f"a rejected trigger started a run after all: the tool lists {seen.runs_told} runs"
    if seen.state is None:
        return "hung", "no final state within the trial's time limit"
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
            elsewhere = f" (there are events of {strangers})" if strangers else ""
            return "failed", f"{step} was started {counts[step]} times, expected {count}{elsewhere}"
    if delays_retries and (hasty := _retried_too_soon(scenario, seen.events)):
        return "failed", hasty
    if odd := disagreement(seen.events, seen.told) or misconduct(scenario, seen.events):
        return "failed", odd
    return "valid", ""


def absent(absent_s: float) -> str:
    """Say for how long the harness did not run. Empty if that is short enough."""
    return f"the harness did not run for {absent_s:.1f} s" if absent_s > ABSENT_S else ""


def disagreement(events: Sequence[Event], told: Sequence[Attempt] | None) -> str:
    """Say how an orchestrator's attempt history differs from the probe's. Empty if it does not.

    An orchestrator without an attempt history contradicts nothing.
    """
    if told is None:
        return ""
    if len(told) > MOST_ATTEMPTS:
        return f"the tool reports more than {MOST_ATTEMPTS} attempts"
    probed = {(event.step, event.attempt, event.outcome == "success") for event in events if event.event == "ended"}
    account = {(each.step, each.number, each.succeeded) for each in told}
    if probed == account:
        return ""
    parts = []
    if invented := account - probed:
        parts.append(f"reports {_words(invented)}, which never ran")
    if left_out := probed - account:
        parts.append(f"does not report {_words(left_out)}")
    return f"the tool {' and '.join(parts)}"


def _before_its_trigger(seen: TrialEvidence) -> str:
    """Name an event that was stamped before the trigger was sent."""
    for event in seen.events:
        early_s = (seen.sent_ns - event.monotonic_ns) / 1e9
        if early_s > STAMP_TOLERANCE_S:
            return f"{event.step} {event.event} {early_s:.3f} s before the trigger was sent"
    return ""


def _clocks_part(seen: TrialEvidence) -> str:
    """Say how far the two clocks of the events diverge, although they are read together."""
    offsets = [event.time_ns - event.monotonic_ns for event in seen.events]
    apart_s = (max(offsets) - min(offsets)) / 1e9 if offsets else 0.0
    return f"the two clocks of the events diverge by {apart_s:.3f} s" if apart_s > CLOCK_STEP_S else ""


def _ended_before_its_end(seen: TrialEvidence) -> str:
    """Say how much earlier than the last step's end the tool reports the end of the run."""
    if seen.ended_told_s is None:
        return ""
    last = max((event for event in seen.events if event.event == "ended"), key=lambda e: e.time_ns, default=None)
    if last is None:
        return ""
    early_s = last.time_ns / 1e9 - seen.ended_told_s
    if early_s <= OWN_END_TOLERANCE_S:
        return ""
    return f"the tool says that the run ended {early_s:.3f} s before {last.step} ended"


def _retried_too_soon(scenario: Scenario, events: Sequence[Event]) -> str:
    """Name a step that was retried before its configured delay."""
    for step in scenario.expected.attempts:
        for delay_s in retry_delays_s(events, step):
            if delay_s < scenario.retry_delay_s - STAMP_TOLERANCE_S:
                return f"{step} was retried after {delay_s:.3f} s instead of {scenario.retry_delay_s:g} s"
    return ""


def _still_running(seen: TrialEvidence) -> str:
    """Name a step that still ran when the tool reported the run's final state. An interrupted step never ends."""
    ended = {(e.step, e.attempt): e.monotonic_ns for e in seen.events if e.event == "ended"}
    for event in seen.events:
        if event.event == "started" and (end_ns := ended.get((event.step, event.attempt))) is not None:
            if end_ns > seen.finished_ns:
                late_s = (end_ns - seen.finished_ns) / 1e9
                return f"the tool reported {seen.state} {late_s:.3f} s before {event.step} ended"
        elif event.event == "started":
            return f"the tool reported {seen.state}, but {event.step} has not ended"
    return ""


def _words(attempts_: set[tuple[str, int, bool]]) -> str:
    shown = [
        f"attempt {number} of {step} ({'succeeded' if succeeded else 'failed'})"
        for step, number, succeeded in sorted(attempts_)[:_ATTEMPTS_SHOWN]
    ]
    more = len(attempts_) - len(shown)
    return ", ".join([*shown, f"{more} more"] if more else shown)
