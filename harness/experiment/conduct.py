"""Checks whether a run's events match its scenario. Pure functions over events, without records."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.experiment.scenario import Scenario
from harness.experiment.timeline import STEPS, Event


def misconduct(scenario: Scenario, events: Sequence[Event]) -> str:
    """Return the first way in which events contradict their scenario, or an empty string."""
    return next(_misconducts(scenario, events), "")


def _misconducts(scenario: Scenario, events: Sequence[Event]) -> Iterator[str]:
    yield from _said_as_the_probe_says_it(events)
    yield from _ended_after_their_start(events)
    yield from _counted_without_gaps(events)
    yield from _ended_as_demanded(scenario, events)
    yield from _one_step_after_the_other(events)
    yield from _the_same_work_for_everyone(scenario, events)


def _said_as_the_probe_says_it(events: Sequence[Event]) -> Iterator[str]:
    """Check that every event is of a known step and has the fields of its kind."""
    for event in events:
        if event.step not in STEPS:
            yield f"there is an event of an unknown step {event.step!r}"
        if event.event == "fault":
            yield f"a fault hit {event.step}, but its scenario has none"
        if (event.outcome is None) != (event.event == "started"):
            yield f"{_words(event)} has the outcome {event.outcome}"
        if event.outcome != "success" and (event.rows_in, event.rows_out) != (None, None):
            yield f"{_words(event)} counts rows, although it is no success"
        if (event.error is not None) != (event.outcome == "failure"):
            yield f"{_words(event)} has {'no error' if event.error is None else 'an error'}, unlike its outcome"


def _ended_after_their_start(events: Sequence[Event]) -> Iterator[str]:
    """Check that every ended attempt was started."""
    running: Counter[tuple[str, int, int]] = Counter()
    for event in events:
        attempt = (event.step, event.attempt, event.pid)
        running[attempt] += 1 if event.event == "started" else -1
        if running[attempt] < 0:
            yield f"{_words(event)} has no start before it"


def _counted_without_gaps(events: Sequence[Event]) -> Iterator[str]:
    """Check that a step's attempts are 1, 2, ..., as the probe counts starts."""
    starts: Counter[str] = Counter()
    for event in events:
        if event.event == "started":
            starts[event.step] += 1
            if event.attempt != starts[event.step]:
                yield f"attempt {event.attempt} of {event.step} is start number {starts[event.step]}"


def _ended_as_demanded(scenario: Scenario, events: Sequence[Event]) -> Iterator[str]:
    """Check that each step failed as often as its scenario requires."""
    for step, count in scenario.expected.attempts.items():
        failures = scenario.fails_at_first(step)
        expected = ["failure"] * failures + ["success"] * (count - failures)
        ends = [event.outcome for event in events if event.event == "ended" and event.step == step]
        if ends != expected:
            yield f"the attempts of {step} ended {_list(ends)}, expected {_list(expected)}"


def _one_step_after_the_other(events: Sequence[Event]) -> Iterator[str]:
    for before, after in pairwise(STEPS):
        of_one = [event.monotonic_ns for event in events if event.step == before]
        of_next = [event.monotonic_ns for event in events if event.step == after]
        if of_one and of_next and min(of_next) < max(of_one):
            yield f"{after} started before {before} ended"


def _the_same_work_for_everyone(scenario: Scenario, events: Sequence[Event]) -> Iterator[str]:
    """Check that each step read and returned every row of the month."""
    rows = scenario.expected.rows
    for event in events:
        if event.outcome == "success":
            expected = (None if event.step == STEPS[0] else rows, rows)
            if (event.rows_in, event.rows_out) != expected:
                counted = f"{event.rows_in} rows in and {event.rows_out} out"
                yield f"{_words(event)} had {counted}, expected {expected[0]} and {expected[1]}"


def _words(event: Event) -> str:
    return f"the {'start' if event.event == 'started' else 'end'} of attempt {event.attempt} of {event.step}"


def _list(outcomes: Sequence[str | None]) -> str:
    return ", ".join(map(str, outcomes)) or "never"
