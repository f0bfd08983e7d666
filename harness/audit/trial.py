"""What must hold of any one trial's record, whoever made it: pure functions from a record to what is wrong with it.

Knows one trial and the scenario that its plan holds; nothing of its neighbours, of the machine or of today's code.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from harness.audit.output import difference_stands
from harness.experiment.judgement import CLOCK_STEP_S, Seen, judge
from harness.experiment.plan import Plan
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import STEPS, Event, Phases, TimelineError, phases
from harness.results.records import TrialRecord

Law = Callable[[TrialRecord, Scenario], Iterator[str]]

_PHASE_TOLERANCE_S = 1e-6


def broken_laws(trial: TrialRecord, plan: Plan, result_format: int) -> Iterator[str]:
    """Say everything that is wrong with a trial's record, in words, by the laws of the format it was written in."""
    scenario = plan.scenarios.get(trial.scenario)
    if scenario is None:
        yield f"its plan has no scenario {trial.scenario!r}"
        return
    for since, law in _LAWS:
        if result_format >= since:
            yield from law(trial, scenario)


def _stamps_are_in_order(trial: TrialRecord, _scenario: Scenario) -> Iterator[str]:
    """Check that a trigger was sent, then accepted, then the run was over; one never accepted is an error."""
    accepted_ns = trial.accepted_ns
    if not accepted_ns and trial.outcome == "error":
        accepted_ns = trial.sent_ns
    if not 0 < trial.sent_ns <= accepted_ns <= trial.finished_ns:
        yield "expected sent_ns <= accepted_ns <= finished_ns"
    if trial.poll_resolution_s <= 0:
        yield "expected poll_resolution_s > 0"


def _events_are_its_own(trial: TrialRecord, _scenario: Scenario) -> Iterator[str]:
    """Check that every event is of this trial and of a known step, and says what the probe says of its kind."""
    for event in trial.events:
        if event.trial != trial.trial:
            yield f"it holds an event of trial {event.trial!r}"
        if event.step not in STEPS:
            yield f"it holds an event of an unknown step {event.step!r}"
        if (event.outcome is None) != (event.event == "started"):
            yield f"{_words(event)} has the outcome {event.outcome}"
        if event.outcome != "success" and (event.rows_in, event.rows_out) != (None, None):
            yield f"{_words(event)} counts rows, which only a success does"
        if (event.error is not None) != (event.outcome == "failure"):
            yield f"{_words(event)} has {'no error' if event.error is None else 'an error'}, unlike its outcome"


def _events_are_in_order(trial: TrialRecord, _scenario: Scenario) -> Iterator[str]:
    """Check that events stand in the order of their stamps, and that what ended had been started."""
    stamps = [event.monotonic_ns for event in trial.events]
    if stamps != sorted(stamps):
        yield "its events are not in the order of their stamps"
    running: Counter[tuple[str, int, int]] = Counter()
    for event in trial.events:
        attempt = (event.step, event.attempt, event.pid)
        running[attempt] += 1 if event.event == "started" else -1
        if running[attempt] < 0:
            yield f"{_words(event)} has no start before it"


def _attempts_are_counted(trial: TrialRecord, _scenario: Scenario) -> Iterator[str]:
    """Check that attempts of a step are 1, 2, ... without gaps.

    The probe counts the starts that it finds, so two that start at once may have one number; that is no valid trial.
    """
    starts: Counter[str] = Counter()
    for event in trial.events:
        if event.event == "started":
            starts[event.step] += 1
            least = starts[event.step] if trial.outcome == "valid" else 1
            if not least <= event.attempt <= starts[event.step]:
                yield f"attempt {event.attempt} of {event.step} is its start number {starts[event.step]}"


def _attempts_end_as_demanded(trial: TrialRecord, scenario: Scenario) -> Iterator[str]:
    """Check that each step of a valid trial failed as often as its scenario makes it, before the next one began."""
    if trial.outcome != "valid":
        return
    for step, count in scenario.expected.attempts.items():
        failures = scenario.fails_at_first(step)
        expected = ["failure"] * failures + ["success"] * (count - failures)
        ends = [event.outcome for event in trial.events if event.event == "ended" and event.step == step]
        if ends != expected:
            yield f"the attempts of {step} ended {_list(ends)}, expected {_list(expected)}"
    for before, after in pairwise(STEPS):
        of_one = [event.monotonic_ns for event in trial.events if event.step == before]
        of_next = [event.monotonic_ns for event in trial.events if event.step == after]
        if of_one and of_next and min(of_next) < max(of_one):
            yield f"{after} began before {before} was over"


def _recorded_after_its_run(trial: TrialRecord, _scenario: Scenario) -> Iterator[str]:
    """Check that a record was made after its run. No number comes from any but a valid trial."""
    if not trial.events or trial.outcome != "valid":
        return
    over_s = (trial.finished_ns + min(event.time_ns - event.monotonic_ns for event in trial.events)) / 1e9
    if trial.at_s < over_s - CLOCK_STEP_S:
        yield f"it was recorded {over_s - trial.at_s:.3f} s before the run was over"


def _phases_follow_from_stamps(trial: TrialRecord, _scenario: Scenario) -> Iterator[str]:
    """Check that the phases are those that the stamps give, and that their sum is the total."""
    expected = None if trial.state is None else _phases(trial)
    if trial.phases is None or expected is None:
        if trial.phases != expected:
            yield f"it has {'no ' if trial.phases is None else ''}phases, unlike its stamps"
        return
    for (name, recorded), (_, wanted) in zip(trial.phases, expected, strict=True):
        if abs(recorded - wanted) > _PHASE_TOLERANCE_S:
            yield f"phases.{name} is {recorded:.6f}, its stamps give {wanted:.6f}"
    parts = trial.phases
    total_s = parts.trigger_s + parts.queue_s + parts.work_s + parts.hops_s + parts.finish_s
    if abs(total_s - parts.total_s) > _PHASE_TOLERANCE_S:
        yield f"its phases sum to {total_s:.6f}, not to total_s {parts.total_s:.6f}"


def _judgement_stands(trial: TrialRecord, scenario: Scenario) -> Iterator[str]:
    """Check that the outcome, judged again by what the record holds, is the same; all but a valid one say why."""
    if (trial.outcome == "valid") != (not trial.reason):
        yield f"it is {trial.outcome}, with {f'the reason {trial.reason!r}' if trial.reason else 'no reason'}"
    if trial.state is not None and not trial.state.final:
        yield f"its last state, {trial.state}, is none that ends a run"
    if trial.outcome == "error":
        return
    seen = Seen(
        state=trial.state,
        sent_ns=trial.sent_ns,
        finished_ns=trial.finished_ns,
        events=trial.events,
        told=trial.attempts_told,
        difference=trial.output.difference,
        error="",
        ended_told_s=trial.ended_told_s,
        strangers=trial.strangers,
        clock_step_s=trial.clock_step_s,
        runs_told=trial.runs_told,
        absent_s=trial.absent_s,
    )
    outcome, reason = judge(scenario, seen)
    if outcome != trial.outcome:
        yield f"it is {trial.outcome}, but judged again {outcome}{f': {reason}' if reason else ''}"


def _output_is_what_its_difference_says(trial: TrialRecord, scenario: Scenario) -> Iterator[str]:
    # After an error the harness may have looked at nothing.
    if trial.outcome != "error":
        yield from difference_stands(trial.output, scenario.expected.output)


def _work_is_the_same_for_everyone(trial: TrialRecord, scenario: Scenario) -> Iterator[str]:
    """Check that each step of a valid trial, whoever ran it, took and gave every row of the month."""
    if trial.outcome != "valid":
        return
    rows = scenario.expected.rows
    for event in trial.events:
        if event.outcome == "success":
            expected = (None if event.step == STEPS[0] else rows, rows)
            if (event.rows_in, event.rows_out) != expected:
                counted = f"{event.rows_in} rows in and {event.rows_out} out"
                yield f"{_words(event)} had {counted}, expected {expected[0]} and {expected[1]}"


_LAWS: tuple[tuple[int, Law], ...] = (
    (2, _stamps_are_in_order),
    (2, _events_are_its_own),
    (2, _events_are_in_order),
    (2, _attempts_are_counted),
    (2, _attempts_end_as_demanded),
    (2, _recorded_after_its_run),
    (2, _phases_follow_from_stamps),
    (2, _judgement_stands),
    (2, _output_is_what_its_difference_says),
    (2, _work_is_the_same_for_everyone),
)
"""Each law with the format from which on it holds: one that is added later finds no fault in older results."""


def _phases(trial: TrialRecord) -> Phases | None:
    try:
        return phases(trial.events, trial.sent_ns, trial.accepted_ns, trial.finished_ns)
    except TimelineError:
        return None


def _words(event: Event) -> str:
    return f"the {'start' if event.event == 'started' else 'end'} of attempt {event.attempt} of {event.step}"


def _list(outcomes: Sequence[str | None]) -> str:
    return ", ".join(map(str, outcomes)) or "never"
