"""The headline in a terminal. If it is narrow, columns are dropped and then rows stack, but no number is cut."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console

from harness.cli.console import line_width
from harness.cli.rows import GAP, HEADS, aligned
from harness.labs.crash.cells import HURT, Cell, cells
from harness.labs.crash.matrix import CRASHES
from harness.report.column import Column, columns
from harness.report.headline import HeadlineRow, headline
from harness.report.parts import joined_note
from harness.report.ranking import label
from harness.report.sentences import asides, sentences
from harness.report.warnings import warnings
from harness.results.result import Result

_LEAST_HEADS = 3
_MOST_REASONS = 2
"""The number of reasons that fit into a line next to the names of scenarios."""


def show(console: Console, result: Result) -> None:
    """Print a line per system, the conclusions, and the number of warnings."""
    if result.plan.crashes:
        for line in verdicts(cells([result])):
            _print(console, line)
        return
    everyone = columns(result)
    lines = headline(everyone)
    for row in fitted(lines, line_width(console)):
        console.print(row, highlight=False, no_wrap=True, overflow="ignore", crop=False)
    console.print()
    for sentence in (*sentences(everyone), *asides(everyone)):
        _print(console, sentence.replace("`", ""))
    if result.parts:
        _print(console, joined_note(result))
    if count := len(warnings(everyone, result.objections)):
        _print(console, f"{count} warning{'s' if count > 1 else ''} (see {result.folder.name}/table.md)")


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
        told = [cell for cell in asked if not cell.valid or cell.hurt or not cell.as_wanted_each_time]
        others = ", ".join(f"{cell.scenario} {cell.words}" for cell in told)
        lines.append(f"{title}: {good} of {len(tried)} as expected{f', except {others}' if others else ''}")
    if any(cell.hurt for cell in every):
        lines.append(f"† {HURT}")
    return lines


def _not_applicable(own: Sequence[Cell]) -> str:
    """Name the scenarios that do not apply to a system, with reasons if they are few."""
    why = {cell.scenario: cell.not_tried.reason for cell in own if cell.not_tried and not cell.records}
    if len(why) > _MOST_REASONS:
        return f"{', '.join(why)} (reasons: {CRASHES})"
    return ", ".join(f"{scenario} ({reason})" for scenario, reason in why.items())


def fitted(lines: Sequence[HeadlineRow], width: int) -> list[str]:
    """Return the headline as rows of at most `width` characters, unless a single number needs more."""
    everyone = [line.column for line in lines]
    rows = [("" if line.rank is None else str(line.rank), *row_of(line, everyone)) for line in lines]
    for count in range(len(HEADS), _LEAST_HEADS - 1, -1):
        table = [HEADS[:count], *(row[:count] for row in rows)]
        widths = [max(len(row[place]) for row in table) for place in range(count)]
        if sum(widths) + len(GAP) * (count - 1) <= width:
            return [aligned(row, widths, left=2) for row in table]
    return [part for row in rows for part in _stacked(row)]


def row_of(line: HeadlineRow, everyone: Sequence[Column]) -> tuple[str, ...]:
    """Return the shown parts of a line: its system, with a mark if something failed, and its cells."""
    return f"{label(line.column, everyone)}{' !' if line.troubles else ''}", *line.cells


def _stacked(row: Sequence[str]) -> list[str]:
    name = f"{row[0]} {row[1]}".strip()
    return [name, *(f"  {head}: {cell}" for head, cell in zip(HEADS[2:], row[2:], strict=True))]


def _print(console: Console, words: str) -> None:
    console.print(words, highlight=False)
