"""Conformance gives a tool whose run hung a second stack, and no third."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from examined import Examined

from harness.check.subject import Subject
from harness.check.verdict import Check, Fault, Outcome


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
