"""The headline in terminals of several widths: columns are dropped, then rows are stacked, and no number is cut."""

import io
import re

import pytest
from rich.console import Console
from samples import once, result, round_, trial

from harness.cli.summary import show
from harness.labs.latency.terminal import fitted, rows_of
from harness.report.lineup import lineup_of

RECORDS = [
    *once("floor"),
    *once("tool"),
    trial("floor", total_ms=2400),
    trial("tool", total_ms=129_160),
    trial("tool", outcome="hung", total_ms=600_000),
    round_("floor"),
    round_("tool"),
]
ROWS = list(rows_of(lineup_of(result("floor", "tool", records=RECORDS))))


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, fitted(ROWS, width))) <= width


@pytest.mark.parametrize("width", [15, 30, 60, 80, 120])
def test_every_shown_number_is_complete(width: int) -> None:
    whole = {number for row in ROWS for cell in row for number in re.findall(r"[\d.]+", cell)}
    shown = {number for row in fitted(ROWS, width) for number in re.findall(r"[\d.]+", row)}
    assert shown <= whole


def test_wide_ones_show_everything_and_narrow_ones_the_most_important() -> None:
    assert "startup" in fitted(ROWS, 80)[0]
    narrow = fitted(ROWS, 50)
    assert "startup" not in narrow[0]
    assert "overhead" in narrow[0]


def test_the_narrowest_stack_their_rows() -> None:
    assert "  overhead: 0.60" in fitted(ROWS, 15)


def test_failures_are_marked() -> None:
    assert [row for row in fitted(ROWS, 80) if row.startswith("Tool ! ")]


def test_a_tool_has_one_row_with_its_profiles_in_order() -> None:
    both = [*RECORDS, *(record.model_copy(update={"profile": "tuned"}) for record in (trial("tool"), round_("tool")))]
    shown = result("floor", "tool", records=both)
    shown.environment.systems[1].profiles["tuned"] = shown.environment.systems[1].profiles["defaults"]
    (row,) = (row for row in fitted(list(rows_of(lineup_of(shown))), 80) if row.startswith("Tool"))
    assert "127 → 0.60" in row
    seen = Console(file=io.StringIO(), record=True, width=80)
    show(seen, shown)
    assert "Each cell: defaults → tuned, in seconds or MB." in seen.export_text()


def test_nine_tools_of_several_modes_fit_a_terminal_of_80_columns() -> None:
    numbers = ("0.52 → 0.52", "0.45 → 0.47", "0.02 → 0.05", "1572 → 1045", "2.8 → 2.9")
    table = [("Servers",), ("Apache Airflow !", *numbers), ("Emulators, not ranked",), ("Flyte", *numbers)]
    lines = fitted(table, 80)
    assert "startup" in lines[0]
    assert "Servers" in lines
    long = fitted([*table, ("AWS Step Functions (moto)", *numbers)], 80)
    assert "startup" not in long[0]
    assert "idle, MB" in long[0]
    assert max(map(len, lines + long)) <= 80
