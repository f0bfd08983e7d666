"""Conformance gives a tool whose run hung a second stack, and no third."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from examined import Examined, run_hung_anew
from samples import crash, round_

from harness.check.subject import Subject
from harness.check.verdict import Check, Fault, Outcome
from harness.experiment.plan import PlannedRound
from harness.measure.side_by_side import Recorded


class Scripted(Subject):
    """A subject whose run hangs, or does not, once it is looked at."""

    def __init__(self, hangs: bool) -> None:
        super().__init__(Path("tool"))
        self._hangs = hangs
        self.looked_at = False

    @property
    def hung(self) -> str:
        return "noop" if self._hangs and self.looked_at else ""


def ends(it: Subject) -> Iterator[Fault]:
    assert isinstance(it, Scripted)
    it.looked_at = True
    if it.hung:
        yield Fault("it hangs", "")


def examined(*hangs: bool) -> Examined:
    stacks = iter(hangs)
    checks = (Check("ends", "it ends", ends), Check("after", "it goes on", lambda _: (), ("ends",)))
    return Examined(checks, lambda: Scripted(next(stacks)))


def test_one_that_never_hangs_has_one_stack() -> None:
    only = examined(False)
    assert [only.verdict(name).outcome for name in ("ends", "after")] == [Outcome.PASSED, Outcome.PASSED]


def test_one_that_hung_once_is_looked_at_anew_and_that_is_said() -> None:
    both = examined(True, False)
    with pytest.warns(UserWarning, match="tool defaults: `noop` hung"):
        assert both.verdict("after").outcome == Outcome.PASSED
    assert both.verdict("ends").outcome == Outcome.PASSED


def test_one_that_hangs_each_time_is_at_fault() -> None:
    both = examined(True, True)
    with pytest.warns(UserWarning, match="hung"):
        assert both.verdict("ends").outcome == Outcome.FAILED
    assert both.verdict("after").outcome == Outcome.NOT_REACHED


HUNG = {"outcome": "hung", "finding": None, "reason": "its moment did not come"}


def lab(*told: Sequence[Recorded]) -> tuple[list[Recorded], list[list[str]]]:
    """Run the rounds of two tools, which come to each of what is told in turn; return that, and whose rounds ran."""
    comes_to, ran = iter(told), []

    def run(rounds: Sequence[PlannedRound]) -> list[Recorded]:
        ran.append([each.orchestrator for each in rounds])
        return [*next(comes_to)]

    return run_hung_anew([PlannedRound(1, name, "defaults", (), rest_s=0) for name in ("one", "other")], run), ran


def records_of(name: str, **told: object) -> list[Recorded]:
    return [crash(name, **told), round_(name).model_copy(update={"round": f"lap1-{name}-defaults"})]


def test_rounds_in_which_nothing_hung_are_run_once() -> None:
    failed = records_of("other", outcome="error", finding=None, reason="it broke")
    records, ran = lab([*records_of("one"), *failed])
    assert records == [*records_of("one"), *failed]
    assert ran == [["one", "other"]]


def test_a_round_in_which_a_run_hung_is_run_anew_and_that_is_said() -> None:
    with pytest.warns(UserWarning, match="other defaults, task-killed: its moment did not come"):
        records, ran = lab([*records_of("one"), *records_of("other", **HUNG)], records_of("other"))
    assert records == [*records_of("one"), *records_of("other")]
    assert ran == [["one", "other"], ["other"]]


def test_a_round_that_hangs_each_time_stays_hung() -> None:
    with pytest.warns(UserWarning, match="did not come"):
        records, _ = lab([*records_of("one"), *records_of("other", **HUNG)], records_of("other", **HUNG))
    assert records == [*records_of("one"), *records_of("other", **HUNG)]
