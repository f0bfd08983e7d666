"""Aligned rows of the headline. During a benchmark they come one by one, in columns of fixed width."""

from collections.abc import Sequence

HEADS = ("", "system", "overhead", "no-op run", "per retry", "startup", "idle", "image", "code")
"""The headline's columns in short, the most asked for first."""
GAP = "  "
# The widest content of each column after the system's name.
_WIDTHS = (len("0.02 s: 0.01 + 0.01"), 9, 9, 7, 6, 6, 4)
_WITH_SPREAD = len("0.52 ± 0.14 s: 0.00 + 0.52")
_PROFILE = len(" defaults !")


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
