"""Each check runs once, after the checks that it needs, and every exception becomes a verdict."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.check.checklist import CHECKS, FILES, until
from harness.check.examination import Examination
from harness.check.verdict import Blocked, Check, Fault, Lacking, NotAsked, Outcome
from harness.errors import Failure, Misuse


def looks(*faults: Fault, error: Exception | None = None):
    def look(seen: list[str]) -> Iterator[Fault]:
        seen.append("looked")
        yield from faults
        if error:
            raise error

    return look


def examined(*checks: Check[list[str]]) -> tuple[Examination[list[str]], list[str]]:
    seen: list[str] = []
    return Examination(checks, seen, Path("nowhere")), seen


def test_a_check_runs_once_after_those_that_it_needs() -> None:
    examination, seen = examined(Check("a", "a", looks()), Check("b", "b", looks(), ("a",)))
    assert examination.verdict("b").outcome == Outcome.PASSED
    assert examination.verdict("a").outcome == Outcome.PASSED
    assert len(seen) == 2


def test_a_check_that_needs_a_failed_one_is_not_reached() -> None:
    checks = (
        Check("a", "a", looks(Fault("x", "y"))),
        Check("b", "b", looks(), ("a",)),
        Check("c", "c", looks(), ("b",)),
    )
    examination, seen = examined(*checks)
    assert examination.verdict("c").outcome == Outcome.NOT_REACHED
    assert examination.verdict("c").why == "needs b"
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("error", "outcome", "words"),
    [
        (NotAsked("no such thing"), Outcome.NOT_ASKED, "no such thing"),
        (Lacking("no root"), Outcome.NOT_ASKED, "no root"),
        (Blocked("it hangs"), Outcome.NOT_REACHED, "it hangs"),
        (Failure("[it] broke", remedy="mend it", log="crack"), Outcome.FAILED, "[it] broke"),
        (ValueError("odd"), Outcome.FAILED, "ValueError: odd"),
    ],
)
def test_an_exception_becomes_a_verdict(error: Exception, outcome: Outcome, words: str) -> None:
    examination, _ = examined(Check("a", "a", looks(error=error)))
    verdict = examination.verdict("a")
    assert verdict.outcome == outcome
    assert words in (verdict.why or verdict.faults[0].what)
    assert verdict.lacking == isinstance(error, Lacking)


def test_an_assertion_without_a_message_is_reported_with_its_line() -> None:
    def look(_: list[str]) -> Iterator[Fault]:
        lexer = None
        assert lexer is not None
        yield Fault("x", "y")

    (fault,) = examined(Check("a", "a", look))[0].verdict("a").faults
    assert fault.what.startswith("AssertionError: assert ")


def test_misuse_is_not_a_verdict() -> None:
    examination, _ = examined(Check("a", "a", looks(error=Misuse("no such profile"))))
    with pytest.raises(Misuse):
        examination.verdict("a")


def test_the_checklist_has_each_name_once_and_needs_only_earlier_ones() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    for place, check in enumerate(CHECKS):
        assert set(check.needs) <= set(names[:place]), check.name


def test_it_stops_at_the_given_check() -> None:
    assert [check.name for check in until("manifest")] == ["files", "manifest"]
    assert until(None) == CHECKS
    assert until(FILES[-1].name) == FILES
    with pytest.raises(Misuse, match=r"unknown check 'lunch'\. Choose from: files, "):
        until("lunch")
