"""The crash lab's result in a terminal: a sentence per system."""

from collections.abc import Sequence
from itertools import groupby

from harness.labs.crash.cells import Cell, cells
from harness.labs.crash.matrix import CRASHES
from harness.labs.crash.words import NEXT_RUN_FAILED, short
from harness.labs.kind import Summary
from harness.results.result import Result

_MOST_REASONS = 2
"""The number of reasons that fit into a line next to the names of scenarios."""


def summary(result: Result, _width: int) -> Summary:
    """Return a result as sentences."""
    return Summary((), verdicts(cells([result])))


def verdicts(every: Sequence[Cell]) -> list[str]:
    """Say for each system how many scenarios ended as expected, and in which it or its next run did not.

    This includes trials without a verdict, and requested scenarios that do not apply.
    """
    lines = []
    for title, cells_of_it in groupby(every, key=lambda cell: cell.title):
        own = [*cells_of_it]
        if words := _not_applicable(own):
            lines.append(f"{title}: not applicable: {words}")
        asked = [cell for cell in own if cell.records]
        if not asked:
            continue
        tried = [cell for cell in asked if cell.valid]
        good = sum(cell.as_wanted_each_time for cell in tried)
        told = [cell for cell in asked if not cell.valid or cell.next_run_failed or not cell.as_wanted_each_time]
        others = ", ".join(f"{cell.scenario} {short(cell)}" for cell in told)
        lines.append(f"{title}: {good} of {len(tried)} as expected{f', except {others}' if others else ''}")
    if any(cell.next_run_failed for cell in every):
        lines.append(f"† {NEXT_RUN_FAILED}")
    return lines


def _not_applicable(own: Sequence[Cell]) -> str:
    """Name the scenarios that do not apply to a system, with reasons if they are few."""
    why = {cell.scenario: cell.not_tried.reason for cell in own if cell.not_tried and not cell.records}
    if len(why) > _MOST_REASONS:
        return f"{', '.join(why)} (reasons: {CRASHES})"
    return ", ".join(f"{scenario} ({reason})" for scenario, reason in why.items())
