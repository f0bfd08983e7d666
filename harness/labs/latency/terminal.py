"""The headline in a terminal. If it is narrow, columns are dropped and then rows stack, but no number is cut.

During a benchmark its rows come one by one, in columns of fixed width.
"""

from collections.abc import Sequence

from harness.labs.kind import Interim, Summary
from harness.report.column import Column, columns
from harness.report.headline import HeadlineRow, headline
from harness.report.parts import joined_note
from harness.report.ranking import label
from harness.report.sentences import asides, sentences
from harness.report.warnings import warnings
from harness.results.result import Result

HEADS = ("", "system", "overhead", "no-op run", "per retry", "startup", "idle", "image", "code")
"""The headline's columns in short, the most asked for first."""
GAP = "  "
# The widest content of each column after the system's name.
_WIDTHS = (len("0.02 s: 0.01 + 0.01"), 9, 9, 7, 6, 6, 4)
_WITH_SPREAD = len("0.52 ± 0.14 s: 0.00 + 0.52")
_PROFILE = len(" defaults !")
_LEAST_HEADS = 3


def summary(result: Result, width: int) -> Summary:
    """Return a row per system, the conclusions, and the number of warnings."""
    everyone = columns(result)
    said = [sentence.replace("`", "") for sentence in (*sentences(everyone), *asides(everyone))]
    if result.parts:
        said.append(joined_note(result))
    if count := len(warnings(everyone, result.objections)):
        said.append(f"{count} warning{'s' if count > 1 else ''} (see {result.folder.name}/table.md)")
    return Summary([*fitted(headline(everyone), width), ""], said)


def interim(result: Result, width: int) -> Interim:
    """Return a row per system."""
    everyone = columns(result)
    environment = result.environment
    rows = Rows([system.title for system in environment.systems], environment.laps, width)
    lines = {(line.column.system.name, line.column.profile): line for line in headline(everyone)}
    return Interim(rows.head, {system: rows.row(row_of(line, everyone)) for system, line in lines.items()})


def aligned(row: Sequence[str], widths: Sequence[int], left: int) -> str:
    """Return cells in their columns: the first few to the left, numbers to the right."""
    cells = [
        cell.ljust(width) if place < left else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return GAP.join(cells).rstrip()


class Rows:
    """Rows that come one by one, with at most `width` characters. If that is too narrow, the last columns are dropped.

    A result with several laps shows the uncertainty of its first number.
    """

    def __init__(self, titles: Sequence[str], laps: int, width: int) -> None:
        name = max(map(len, titles)) + _PROFILE
        widths = [name, *_WIDTHS] if laps == 1 else [name, _WITH_SPREAD, *_WIDTHS[1:]]
        while len(widths) > 2 and sum(widths) + len(GAP) * (len(widths) - 1) > width:
            widths.pop()
        self._widths = widths

    @property
    def head(self) -> str:
        """The words over the columns."""
        return self.row(HEADS[1:])

    def row(self, cells: Sequence[str]) -> str:
        """Return one row."""
        return aligned(cells[: len(self._widths)], self._widths, left=1)


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
