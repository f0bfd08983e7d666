"""The headline in a terminal: one row per tool, as in the README. In a narrow one columns drop, but no number is cut.

During a benchmark, each round ends with the row of its system under its profile, in columns of fixed width. A row per
tool would wait for the last of its profiles.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.labs.kind import Interim, Summary
from harness.report.format import counted
from harness.report.headline import HEADLINE, under_each
from harness.report.lineup import Lineup, lineup_of
from harness.report.parts import joined_note
from harness.report.row import Row
from harness.report.sentences import asides, sentences
from harness.report.warnings import warnings
from harness.results.result import Result

HEADS = ("", "overhead", "no-op run", "per retry", "idle, MB", "startup")
"""The headline's columns, the most asked for first. All but the memory are in seconds."""
_GAP = "  "
_LEAST_HEADS = 2
_NUMBER = max(map(len, HEADS))
_PROFILE = len(" defaults !")


def summary(result: Result, width: int) -> Summary:
    """Return a row per tool, the conclusions, and the number of warnings."""
    lineup = lineup_of(result)
    each_cell = f"Each cell: {' → '.join(lineup.pair)}, in seconds or MB. Lower is better."
    said = [sentence.replace("`", "") for sentence in (*sentences(lineup), *asides(lineup))]
    if note := joined_note(result):
        said.append(note)
    if count := len(warnings(lineup)):
        said.append(f"{counted(count, 'warning')} (see {result.folder.name}/table.md)")
    head = [each_cell, ""] if lineup.pair else []
    return Summary([*head, *fitted([*rows_of(lineup)], width), ""], said)


def interim(result: Result, width: int) -> Interim:
    """Return a row per system and profile."""
    name = max(len(system.title) for system in result.environment.systems) + _PROFILE
    numbers = max(1, (width - name) // (_NUMBER + len(_GAP)))
    widths = [name, *[_NUMBER] * min(numbers, len(HEADS) - 1)]
    rows = {(row.system.name, row.profile): cells_of(row.name, [row]) for row in lineup_of(result).rows}
    return Interim(_aligned(HEADS, widths), {system: _aligned(cells, widths) for system, cells in rows.items()})


def rows_of(lineup: Lineup) -> Iterator[Sequence[str]]:
    """Yield the baseline, then a row per tool. If there are several modes, their names stand above."""
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


def fitted(table: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return rows under their heads as lines of at most `width` characters, unless a single number needs more.

    The last columns are dropped if that is enough. If not, the cells of a row stack.
    """
    for count in range(len(HEADS), _LEAST_HEADS - 1, -1):
        rows = [row[:count] for row in (HEADS, *table)]
        # The name of a mode has no cells, and can be wider than the names below it.
        widths = [max(map(len, column)) for column in zip(*(row for row in rows if len(row) > 1), strict=True)]
        if sum(widths) + len(_GAP) * (count - 1) <= width:
            return [_aligned(row, widths) for row in rows]
    return [line for row in table for line in (row[0], *_stacked(row))]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Return cells in their columns: the name to the left, numbers to the right."""
    name, *numbers = row
    cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=False)]
    return _GAP.join([name.ljust(widths[0]), *cells]).rstrip()


def _stacked(row: Sequence[str]) -> list[str]:
    return [f"  {head}: {cell}" for head, cell in zip(HEADS[1:], row[1:], strict=False)]
