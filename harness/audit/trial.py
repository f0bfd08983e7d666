"""What must hold of any one trial's record, whoever made it: pure functions from a record to what is wrong with it.

Knows one trial, the scenarios and the golden file; nothing of its neighbours, of the plan or of the machine.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise

from harness.driver import RunState
from harness.judgement import Seen, judge
from harness.records import TrialRecord
from harness.scenario import SCENARIOS, Scenario
from harness.timeline import STEPS, Event, Phases, TimelineError, phases
from harness.warehouse import GOLDEN, Golden

Law = Callable[[TrialRecord], Iterator[str]]

NONE = "none"
"""The state of a trial whose run never told a final one."""

CLOCK_DRIFT_S = 1.0
"""How far wall clock and monotonic clock may part within a trial: more is a step of the clock, or an edit."""

_PHASE_TOLERANCE_S = 1e-6
_BESIDE_THE_ROWS = ("no such file", "no file", "no table", "columns (")
"""Words of differences that leave rows and hashes as they must be."""


def broken_laws(trial: TrialRecord) -> Iterator[str]:
    """Say everything that is wrong with a trial's record, in words."""
    if trial.scenario not in SCENARIOS:
        yield f"there is no scenario {trial.scenario!r}"
        return
    for law in _LAWS:
        yield from law(trial)


def _stamps_are_in_order(trial: TrialRecord) -> Iterator[str]:
    """Check that a trigger was sent, then accepted, then the run was over; one never accepted is an error."""
    accepted_ns = trial.accepted_ns
    if not accepted_ns and trial.outcome == "error":
        accepted_ns = trial.sent_ns
    if not 0 < trial.sent_ns <= accepted_ns <= trial.finished_ns:
        yield "expected sent_ns <= accepted_ns <= finished_ns"
    if trial.poll_resolution_s <= 0:
        yield "expected poll_resolution_s > 0"


def _events_are_its_own(trial: TrialRecord) -> Iterator[str]:
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


def _events_are_in_order(trial: TrialRecord) -> Iterator[str]:
    """Check that nothing came before the trigger nor, in a valid trial, after the end; what ended had been started."""
    stamps = [event.monotonic_ns for event in trial.events]
    if stamps != sorted(stamps):
        yield "its events are not in the order of their stamps"
    running: Counter[tuple[str, int, int]] = Counter()
    for event in trial.events:
        attempt = (event.step, event.attempt, event.pid)
        running[attempt] += 1 if event.event == "started" else -1
        if running[attempt] < 0:
            yield f"{_words(event)} has no start before it"
        if event.monotonic_ns < trial.sent_ns:
            yield f"{_words(event)} comes before the trigger was sent"
        if trial.outcome == "valid" and event.monotonic_ns > trial.finished_ns:
            yield f"{_words(event)} comes after the run was over"


def _attempts_are_counted(trial: TrialRecord) -> Iterator[str]:
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


def _attempts_end_as_demanded(trial: TrialRecord) -> Iterator[str]:
    """Check that each step of a valid trial failed as often as its scenario makes it, before the next one began."""
    if trial.outcome != "valid":
        return
    scenario = SCENARIOS[trial.scenario]
    for step, count in scenario.attempts.items():
        failures = min(scenario.failures.get(step, 0), count)
        expected = ["failure"] * failures + ["success"] * (count - failures)
        found = [event.outcome for event in trial.events if event.event == "ended" and event.step == step]
        if found != expected:
            yield f"the attempts of {step} ended {_list(found)}, expected {_list(expected)}"
    for before, after in pairwise(STEPS):
        ends = [event.monotonic_ns for event in trial.events if event.step == before]
        starts = [event.monotonic_ns for event in trial.events if event.step == after]
        if ends and starts and min(starts) < max(ends):
            yield f"{after} began before {before} was over"


def _clocks_agree(trial: TrialRecord) -> Iterator[str]:
    """Check that wall clock and monotonic clock advance alike, and that the record was made after the run."""
    offsets = [event.time_ns - event.monotonic_ns for event in trial.events]
    if not offsets:
        return
    if max(offsets) - min(offsets) > CLOCK_DRIFT_S * 1e9:
        yield f"wall clock and monotonic clock part by {(max(offsets) - min(offsets)) / 1e9:.3f} s"
    over_s = (trial.finished_ns + min(offsets)) / 1e9
    if trial.at_s < over_s - CLOCK_DRIFT_S:
        yield f"it was recorded {over_s - trial.at_s:.3f} s before the run was over"


def _phases_follow_from_stamps(trial: TrialRecord) -> Iterator[str]:
    """Check that the phases are those that the stamps give, and that their sum is the total."""
    expected = None if trial.state == NONE else _phases(trial)
    if trial.phases is None or expected is None:
        if trial.phases != expected:
            yield f"it has {'no ' if trial.phases is None else ''}phases, unlike its stamps"
        return
    for (name, found), (_, wanted) in zip(trial.phases, expected, strict=True):
        if abs(found - wanted) > _PHASE_TOLERANCE_S:
            yield f"phases.{name} is {found:.6f}, its stamps give {wanted:.6f}"
    parts = trial.phases
    total_s = parts.trigger_s + parts.queue_s + parts.work_s + parts.hops_s + parts.finish_s
    if abs(total_s - parts.total_s) > _PHASE_TOLERANCE_S:
        yield f"its phases sum to {total_s:.6f}, not to total_s {parts.total_s:.6f}"


def _judgement_stands(trial: TrialRecord) -> Iterator[str]:
    """Check that the outcome, judged again by what the record holds, is the same; all but a valid one say why."""
    if (trial.outcome == "valid") != (not trial.reason):
        yield f"it is {trial.outcome}, with {f'the reason {trial.reason!r}' if trial.reason else 'no reason'}"
    if trial.state not in (NONE, *RunState):
        yield f"there is no state {trial.state!r}"
        return
    state = None if trial.state == NONE else RunState(trial.state)
    if state is not None and not state.final:
        yield f"its last state, {state}, is none that ends a run"
    if trial.outcome == "error":
        return
    difference = str(trial.output.get("difference", ""))
    seen = Seen(state, trial.finished_ns, trial.events, trial.attempts_told, difference, error="")
    outcome, reason = judge(SCENARIOS[trial.scenario], seen)
    if outcome != trial.outcome:
        yield f"it is {trial.outcome}, but judged again {outcome}{f': {reason}' if reason else ''}"


def _output_is_what_the_outcome_says(trial: TrialRecord) -> Iterator[str]:
    """Check that a valid output has the golden hashes and counts of rows, or none where nothing may be exported."""
    difference = str(trial.output.get("difference", ""))
    if trial.output.get("valid") != (not difference):
        yield "output.valid and output.difference contradict each other"
    expected = _golden_output(SCENARIOS[trial.scenario])
    departing = [name for name, figure in expected.items() if trial.output.get(name) != figure]
    if unknown := trial.output.keys() - expected.keys() - {"valid", "difference"}:
        yield f"output: unknown {', '.join(sorted(unknown))}"
    if trial.outcome == "valid":
        yield from (f"output.{name} is {trial.output.get(name)}, expected {expected[name]}" for name in departing)
    elif trial.outcome == "invalid" and not departing and not any(words in difference for words in _BESIDE_THE_ROWS):
        yield "it is invalid, but its output is the golden one"


def _work_is_the_same_for_everyone(trial: TrialRecord) -> Iterator[str]:
    """Check that each step of a valid trial, whoever ran it, took and gave every row of the month."""
    if trial.outcome != "valid":
        return
    scenario = SCENARIOS[trial.scenario]
    rows = _golden().partitions[scenario.month]["flight"].rows if scenario.workload == "etl" else None
    for event in trial.events:
        if event.outcome == "success":
            expected = (None if event.step == STEPS[0] else rows, rows)
            if (event.rows_in, event.rows_out) != expected:
                found = f"{event.rows_in} rows in and {event.rows_out} out"
                yield f"{_words(event)} had {found}, expected {expected[0]} and {expected[1]}"


_LAWS: tuple[Law, ...] = (
    _stamps_are_in_order,
    _events_are_its_own,
    _events_are_in_order,
    _attempts_are_counted,
    _attempts_end_as_demanded,
    _clocks_agree,
    _phases_follow_from_stamps,
    _judgement_stands,
    _output_is_what_the_outcome_says,
    _work_is_the_same_for_everyone,
)


@cache
def _golden() -> Golden:
    return Golden.model_validate_json(GOLDEN.read_text())


def _golden_output(scenario: Scenario) -> dict[str, str | int]:
    """Return what the gate must have found after a valid trial; the Parquet file has the rows of `flight`."""
    if not scenario.exports:
        return {f"{name}_{what}": nothing for name in _OUTPUTS for what, nothing in (("rows", 0), ("sha256", ""))}
    partition = _golden().partitions[scenario.month]
    contents = {name: partition[table] for name, table in _OUTPUTS.items()}
    return {
        f"{name}_{what}": figure
        for name, content in contents.items()
        for what, figure in (("rows", content.rows), ("sha256", content.sha256))
    }


_OUTPUTS = {"flight": "flight", "route_month": "route_month", "parquet": "flight"}


def _phases(trial: TrialRecord) -> Phases | None:
    try:
        return phases(trial.events, trial.sent_ns, trial.accepted_ns, trial.finished_ns)
    except TimelineError:
        return None


def _words(event: Event) -> str:
    return f"the {'start' if event.event == 'started' else 'end'} of attempt {event.attempt} of {event.step}"


def _list(outcomes: Sequence[str | None]) -> str:
    return ", ".join(map(str, outcomes)) or "never"
