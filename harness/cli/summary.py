"""The headline in a terminal: a row per tool, as in the README. In a narrow one columns drop, but no number is cut."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console

from harness.cli.console import line_width
from harness.cli.rows import fitted
from harness.labs.crash.cells import HURT, Cell, cells
from harness.labs.crash.matrix import CRASHES
from harness.report.format import counted
from harness.report.headline import HEADLINE, under_each
from harness.report.lineup import Lineup, lineup_of
from harness.report.parts import joined_note
from harness.report.row import Row
from harness.report.sentences import asides, sentences
from harness.report.warnings import warnings
from harness.results.result import Result

_MOST_REASONS = 2
"""The number of reasons that fit into a line next to the names of scenarios."""


def show(console: Console, result: Result) -> None:
    """Print a row per tool, the conclusions, and the number of warnings."""
    if result.plan.crashes:
        for line in verdicts(cells([result])):
            _print(console, line)
        return
    lineup = lineup_of(result)
    if lineup.pair:
        _print(console, f"Each cell: {' → '.join(lineup.pair)}, in seconds or MB. Lower is better.\n")
    for row in fitted([*rows_of(lineup)], line_width(console)):
        console.print(row, highlight=False, no_wrap=True, overflow="ignore", crop=False)
    console.print()
    for sentence in (*sentences(lineup), *asides(lineup)):
        _print(console, sentence.replace("`", ""))
    if note := joined_note(result):
        _print(console, note)
    if count := len(warnings(lineup)):
        _print(console, f"{counted(count, 'warning')} (see {result.folder.name}/table.md)")


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
        named = [cell for cell in asked if not cell.valid or cell.hurt or not cell.as_wanted_each_time]
        others = ", ".join(f"{cell.scenario} {cell.words}" for cell in named)
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


def rows_of(lineup: Lineup) -> Iterator[Sequence[str]]:
    """Yield the table of the headline: the baseline, then a row per tool under the names of several modes."""
    if lineup.baseline:
        yield cells_of(lineup.baseline.name, [lineup.baseline])
    for mode, tools in groupby(lineup.tools, key=lambda tool: tool.last.group):
        if mode:
            yield (mode.capitalize(),)
        for tool in tools:
            yield cells_of(tool.name, tool.rows)


def cells_of(name: str, rows: Sequence[Row | None]) -> list[str]:
    """Return a name, marked if something failed, and the numbers of its rows."""
    failed = any(row.troubles for row in rows if row)
    return [f"{name}{' !' if failed else ''}", *(under_each(rows, measure) for measure in HEADLINE)]


def _print(console: Console, words: str) -> None:
    console.print(words, highlight=False)
