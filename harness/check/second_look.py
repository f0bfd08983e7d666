"""What fails in a stack is examined once more, in a fresh stack with nothing beside it: only that counts.

A run that hangs once in a hundred is a figure for the tables and no fault of a folder, which is at fault each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.check.checklist import STACKS
from harness.check.verdict import Outcome, Verdict

_IN_STACKS = {check.name for check in STACKS}
_RED = (Outcome.FAILED, Outcome.NOT_REACHED)


def doubtful(verdict: Verdict) -> bool:
    """Whether a check failed in a stack. What reading the files found stays as it is."""
    return verdict.outcome == Outcome.FAILED and verdict.name in _IN_STACKS


def look_again(first: Sequence[Verdict], again: Callable[[str], Verdict]) -> list[Verdict]:
    """Return the verdicts that count: where a check failed in a stack or was not reached, what `again` comes to.

    Without a doubtful one, `first` is what counts.
    """
    if not any(map(doubtful, first)):
        return [*first]
    return [
        replace(again(each.name), at_first=each.faults) if each.outcome in _RED and each.name in _IN_STACKS else each
        for each in first
    ]
