"""The display of a running benchmark."""

import io
from functools import partial

import pytest
from rich.console import Console
from samples import crash, result, round_, trial

from harness.cli.progress import Display
from harness.experiment.plan import Plan, PlannedRound
from harness.labs.crash.kind import CRASH
from harness.labs.crash.scenarios import crashes
from harness.labs.latency.kind import LATENCY
from harness.labs.latency.terminal import interim

MEASURED = result(
    "floor",
    "tool",
    records=[
        trial("floor", total_ms=2400),
        trial("tool", total_ms=129_160),
        trial("tool", outcome="hung", total_ms=600_000),
        round_("floor"),
        round_("tool"),
    ],
)


@pytest.mark.parametrize("outcome", ["missed", "hung", "error"])
def test_a_trial_without_a_verdict_has_the_same_name_in_its_line_and_in_the_bar(outcome: str) -> None:
    seen = Console(file=io.StringIO(), record=True, width=200, force_terminal=True)
    planned = PlannedRound(1, "tool", "defaults", (), rest_s=0)
    line_of = partial(CRASH.trial_line, Plan({}, (), crashes=crashes()))
    with Display(seen, {planned.id: 60.0}, [planned], line_of) as display:
        display.trial(crash("tool", outcome=outcome, finding=None, reason="nothing was struck"))
    told = seen.export_text()
    assert f"task-killed      {outcome} " in told
    assert f"last problem: tool defaults task-killed: {outcome}" in told


def test_a_systems_row_is_shown_after_its_round_and_the_heading_only_once() -> None:
    seen = Console(file=io.StringIO(), record=True, width=200)
    planned = [PlannedRound(1, name, "defaults", (), 0, number=n) for n, name in enumerate(("floor", "tool"), start=1)]
    lines_of = interim(MEASURED, 100)
    line_of = partial(LATENCY.trial_line, Plan({}, ()))
    with Display(seen, {each.id: 60.0 for each in planned}, planned, line_of, bar=False) as display:
        display.rows(lines_of)
        for name, planned_round in zip(("floor", "tool"), planned, strict=True):
            display.round(round_(name).model_copy(update={"round_number": planned_round.number}))
            display.rows(lines_of)
            display.rows(lines_of)
    lines = seen.export_text().splitlines()
    assert [line.split("  ")[0] for line in lines] == ["", "Floor", "Tool defaults !"]
    ends = [
        [line.index(word) + len(word) for word in words]
        for line, words in zip(
            lines,
            (("overhead", "idle, MB", "startup"), ("0.60", "300", "9.5"), ("127", "300", "9.5")),
            strict=True,
        )
    ]
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("width", [30, 50, 80])
def test_rows_fit_one_by_one_and_no_number_is_cut(width: int) -> None:
    lines = interim(MEASURED, width)
    row = lines.rows["tool", "defaults"]
    assert max(map(len, (lines.head, *lines.rows.values()))) <= width
    assert row.startswith("Tool defaults !")
    assert "127" in row
    assert ("9.5" in row) == ("startup" in lines.head) == (width == 80)
