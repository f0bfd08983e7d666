"""A check of a stack that failed runs again, and only the second verdict counts. Checks of files run once."""

from collections.abc import Callable

from harness.check.checklist import doubtful, look_again
from harness.check.verdict import Fault, Outcome, Verdict

HANGS = (Fault("it hangs", "look"),)


def verdict(name: str, outcome: Outcome = Outcome.PASSED) -> Verdict:
    return Verdict(name, "a demand", outcome, HANGS if outcome == Outcome.FAILED else ())


def again(outcome: Outcome, asked: list[str]) -> Callable[[str], Verdict]:
    def look(name: str) -> Verdict:
        asked.append(name)
        return verdict(name, outcome)

    return look


def test_a_passed_check_runs_once() -> None:
    asked: list[str] = []
    first = [verdict("ready"), verdict("ui", Outcome.NOT_ASKED)]
    assert look_again(first, again(Outcome.FAILED, asked)) == first
    assert asked == []


def test_a_failure_by_chance_is_kept_as_the_first_verdict() -> None:
    asked: list[str] = []
    first = [verdict("ready"), verdict("noop", Outcome.FAILED), verdict("stop", Outcome.NOT_REACHED)]
    counts = look_again(first, again(Outcome.PASSED, asked))
    assert asked == ["noop", "stop"]
    assert [each.outcome for each in counts] == [Outcome.PASSED] * 3
    assert [each.at_first for each in counts] == [(), HANGS, ()]


def test_a_repeated_failure_counts() -> None:
    (counts,) = look_again([verdict("noop", Outcome.FAILED)], again(Outcome.FAILED, []))
    assert (counts.outcome, counts.faults, counts.at_first) == (Outcome.FAILED, HANGS, HANGS)


def test_faults_of_files_are_kept_after_a_second_look() -> None:
    asked: list[str] = []
    first = [verdict("lint", Outcome.FAILED), verdict("noop", Outcome.FAILED), verdict("filled-in", Outcome.FAILED)]
    counts = look_again(first, again(Outcome.PASSED, asked))
    assert asked == ["noop"]
    assert [counts[0], counts[2]] == [first[0], first[2]]


def test_checks_of_files_are_not_repeated() -> None:
    asked: list[str] = []
    first = [
        verdict("lock", Outcome.FAILED),
        verdict("ready", Outcome.NOT_REACHED),
        verdict("filled-in", Outcome.FAILED),
    ]
    assert not any(map(doubtful, first))
    assert look_again(first, again(Outcome.PASSED, asked)) == first
    assert asked == []
