"""Aligned rows of the headline. During a benchmark they come one by one, in columns of fixed width."""

from collections.abc import Sequence

HEADS = ("", "overhead", "no-op run", "per retry", "idle, MB", "startup")
"""The headline's columns, the most asked for first. All but the memory are in seconds."""
_GAP = "  "
_LEAST_HEADS = 2
_NUMBER = max(map(len, HEADS))
_PROFILE = len(" defaults !")


def fitted(table: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return rows as lines of at most `width` characters, unless a single number needs more.

    The last columns are dropped if that is enough. If not, the cells of a row stack.
    """
    for count in range(len(HEADS), _LEAST_HEADS - 1, -1):
        rows = [row[:count] for row in (HEADS, *table)]
        # A heading of several rows has only one cell, which can be wider than the names below it.
        widths = [max(map(len, column)) for column in zip(*(row for row in rows if len(row) > 1), strict=True)]
        if sum(widths) + len(_GAP) * (count - 1) <= width:
            return [_aligned(row, widths) for row in rows]
    return [part for row in table for part in (row[0], *_stacked(row))]


class Rows:
    """Rows that come one by one, with at most `width` characters. If that is too narrow, columns are dropped."""

    def __init__(self, titles: Sequence[str], width: int) -> None:
        name = max(map(len, titles)) + _PROFILE
        numbers = max(1, (width - name) // (_NUMBER + len(_GAP)))
        self._widths = [name, *[_NUMBER] * min(numbers, len(HEADS) - 1)]

    @property
    def head(self) -> str:
        """The words over the columns."""
        return self.row(HEADS)

    def row(self, cells: Sequence[str]) -> str:
        """Return one row."""
        return _aligned(cells[: len(self._widths)], self._widths)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Return cells in their columns: the name to the left, numbers to the right."""
    name, *numbers = row
    cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=False)]
    return _GAP.join([name.ljust(widths[0]), *cells]).rstrip()


def _stacked(row: Sequence[str]) -> list[str]:
    return [f"  {head}: {cell}" for head, cell in zip(HEADS[1:], row[1:], strict=False)]
