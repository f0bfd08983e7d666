"""Repeats failed checks of a stack in a fresh stack that runs alone. Only the second result counts.

A run that hangs once in a hundred is a result for the tables. A fault of the folder shows each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.check.checklist import STACKS
from harness.check.verdict import Outcome, Verdict

_IN_STACKS = {check.name for check in STACKS}
_RED = (Outcome.FAILED, Outcome.NOT_REACHED)


def doubtful(verdict: Verdict) -> bool:
    """Whether a check of a stack failed. Checks of files are never repeated."""
    return verdict.outcome == Outcome.FAILED and verdict.name in _IN_STACKS


def look_again(first: Sequence[Verdict], again: Callable[[str], Verdict]) -> list[Verdict]:
    """Return the verdicts that count: the second one if a check of a stack failed or was not reached.

    Without a doubtful verdict, `first` counts.
    """
    if not any(map(doubtful, first)):
        return [*first]
    return [
        replace(again(each.name), at_first=each.faults) if each.outcome in _RED and each.name in _IN_STACKS else each
        for each in first
    ]
