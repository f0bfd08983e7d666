"""What a person sees of a benchmark while it runs."""

import io

import pytest
from rich.console import Console
from samples import crash, round_

from harness.cli.progress import Display
from harness.cli.rows import Rows
from harness.experiment.crash import crashes
from harness.experiment.plan import PlannedRound


@pytest.mark.parametrize("outcome", ["missed", "hung", "error"])
def test_a_trial_that_saw_nothing_is_named_alike_in_its_line_and_in_the_bar(outcome: str) -> None:
    seen = Console(file=io.StringIO(), record=True, width=200, force_terminal=True)
    planned = PlannedRound(1, "tool", "defaults", (), rest_s=0)
    with Display(seen, {planned.id: 60.0}, [planned], crashes=crashes()) as display:
        display.crash(crash("tool", outcome=outcome, finding=None, reason="nothing was struck"))
    told = seen.export_text()
    assert f"task-killed      {outcome} " in told
    assert f"last problem: tool defaults task-killed: {outcome}" in told


def test_the_row_of_a_system_is_shown_once_its_round_has_ended_under_one_head() -> None:
    seen = Console(file=io.StringIO(), record=True, width=200)
    planned = [PlannedRound(1, name, "defaults", (), rest_s=0) for name in ("floor", "tool")]
    cells = {
        ("floor", "defaults"): ("Floor", "0.02", "0.03", "0.00", "433", "2.7"),
        ("tool", "defaults"): ("Tool defaults", "33", "34", "0.02", "1572", "14"),
    }
    rows = Rows(["Floor", "Tool"], width=100)
    with Display(seen, {each.id: 60.0 for each in planned}, planned, bar=False) as display:
        display.rows(rows, cells)
        for name, planned_round in zip(("floor", "tool"), planned, strict=True):
            display.round(round_(name).model_copy(update={"round": planned_round.id}))
            display.rows(rows, cells)
            display.rows(rows, cells)
    lines = seen.export_text().splitlines()
    assert [line.split("  ")[0] for line in lines] == ["", "Floor", "Tool defaults"]
    ends = [
        [line.index(word) + len(word) for word in words]
        for line, words in zip(
            lines,
            (("overhead", "idle, MB", "startup"), ("0.02", "433", "2.7"), ("33", "1572", "14")),
            strict=True,
        )
    ]
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_rows_that_come_one_by_one_fit_and_cut_no_number(width: int) -> None:
    cells = ("Apache Airflow defaults !", "4.7", "3.9", "1.1", "1572", "21")
    rows = Rows(["Apache Airflow", "Mage"], width=width)
    assert max(len(rows.head), len(rows.row(cells))) <= width
    assert rows.row(cells).startswith("Apache Airflow defaults !")
    assert "4.7" in rows.row(cells)
    assert ("21" in rows.row(cells)) == ("startup" in rows.head) == (width >= 80)
