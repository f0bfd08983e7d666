"""The headline in terminals of several widths: columns are dropped, then rows are stacked, and no number is cut."""

import re

import pytest
from samples import once, result, round_, trial

from harness.cli.summary import fitted
from harness.report.column import columns
from harness.report.headline import HeadlineRow, headline

RECORDS = [
    *once("floor"),
    *once("tool"),
    trial("floor", total_ms=2400),
    trial("tool", total_ms=129_160),
    trial("tool", outcome="hung", total_ms=600_000),
    round_("floor"),
    round_("tool"),
]
LINES: list[HeadlineRow] = headline(columns(result("floor", "tool", records=RECORDS)))


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, fitted(LINES, width))) <= width


@pytest.mark.parametrize("width", [20, 30, 60, 80, 120])
def test_every_shown_number_is_complete(width: int) -> None:
    whole = {number for line in LINES for cell in line.cells for number in re.findall(r"[\d.]+", cell)}
    shown = {number for row in fitted(LINES, width) for number in re.findall(r"[\d.]+", row)}
    assert shown <= whole


def test_wide_ones_show_everything_and_narrow_ones_the_most_important() -> None:
    assert "code" in fitted(LINES, 120)[0]
    narrow = fitted(LINES, 50)
    assert "code" not in narrow[0]
    assert "overhead" in narrow[0]


def test_the_narrowest_stack_their_rows() -> None:
    assert "  overhead: 0.60 s" in fitted(LINES, 20)


def test_failures_are_marked() -> None:
    assert [row for row in fitted(LINES, 80) if "Tool defaults !" in row]
