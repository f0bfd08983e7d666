"""The display of a running benchmark."""

import io

import pytest
from rich.console import Console
from samples import crash, round_

from harness.cli.progress import Display
from harness.cli.rows import Rows
from harness.experiment.crash import crashes
from harness.experiment.plan import PlannedRound


@pytest.mark.parametrize("outcome", ["missed", "hung", "error"])
def test_a_trial_without_a_verdict_has_the_same_name_in_its_line_and_in_the_bar(outcome: str) -> None:
    seen = Console(file=io.StringIO(), record=True, width=200, force_terminal=True)
    planned = PlannedRound(1, "tool", "defaults", (), rest_s=0)
    with Display(seen, {planned.id: 60.0}, [planned], crashes=crashes()) as display:
        display.crash(crash("tool", outcome=outcome, finding=None, reason="nothing was struck"))
    told = seen.export_text()
    assert f"task-killed      {outcome} " in told
    assert f"last problem: tool defaults task-killed: {outcome}" in told


def test_a_systems_row_is_shown_after_its_round_and_the_heading_only_once() -> None:
    seen = Console(file=io.StringIO(), record=True, width=200)
    planned = [PlannedRound(1, name, "defaults", (), rest_s=0) for name in ("floor", "tool")]
    cells = {
        ("floor", "defaults"): ("Floor", "0.02 s: 0.01 + 0.01", "0.03 s", "0.00 s", "2.7 s", "433 MB", "369 MB", "100"),
        ("tool", "defaults"): ("Tool defaults", "33 s: 27 + 6", "34 s", "0.02 s", "14 s", "1.5 GB", "1.5 GB", "95"),
    }
    rows = Rows(["Floor", "Tool"], laps=1, width=100)
    with Display(seen, {each.id: 60.0 for each in planned}, planned, bar=False) as display:
        display.rows(rows, cells)
        for name, planned_round in zip(("floor", "tool"), planned, strict=True):
            display.round(round_(name).model_copy(update={"round": planned_round.id}))
            display.rows(rows, cells)
            display.rows(rows, cells)
    lines = seen.export_text().splitlines()
    assert [line.split("  ")[0] for line in lines] == ["system", "Floor", "Tool defaults"]
    ends = [
        [line.index(word) + len(word) for word in words]
        for line, words in zip(
            lines,
            (("overhead", "startup", "code"), ("0.01 + 0.01", "2.7 s", "100"), ("27 + 6", "14 s", "95")),
            strict=True,
        )
    ]
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_rows_fit_one_by_one_and_no_number_is_cut(width: int) -> None:
    cells = ("Apache Airflow defaults !", "4.7 s: 1.4 + 3.4", "3.9 s", "1.1 s", "21 s", "1.6 GB", "624 MB", "113")
    rows = Rows(["Apache Airflow", "Mage"], laps=1, width=width)
    assert max(len(rows.head), len(rows.row(cells))) <= width
    assert rows.row(cells).startswith("Apache Airflow defaults !")
    assert "4.7 s: 1.4 + 3.4" in rows.row(cells)
    assert ("113" in rows.row(cells)) == ("code" in rows.head) == (width == 100)


def test_several_laps_have_room_for_the_first_numbers_interval() -> None:
    rows = Rows(["Tool"], laps=4, width=200)
    rest = ("34 s", "0.02 s", "14 s", "1.5 GB", "1.5 GB", "95")
    lines = [rows.row(("Tool defaults", added, *rest)) for added in ("0.52 ± 0.14 s: 0.00 + 0.52", "33 s: 27 + 6")]
    assert len({line.index("34 s") for line in lines}) == 1
