"""The headline: best first, ranked among all, short, and in words that the intervals carry."""

import re

from samples import crash, crashed, once, result, round_, trial

from harness.report.column import columns
from harness.report.crash_cells import cells
from harness.report.headline import headline
from harness.report.markdown import render_headline
from harness.report.sentences import after_crashes, sentences
from harness.results.records import Record, TrialRecord


def laps(orchestrator: str, *, total_ms: float, waiting: float = 0.5) -> list[Record]:
    """Return four laps of one warm run each, whose totals differ a little, and otherwise for each orchestrator."""
    turn = len(orchestrator) % 4
    wobbles = (0, 40, -30, 20, 0, 40, -30, 20)[turn : turn + 4]
    return [
        trial(orchestrator, total_ms=total_ms + wobble).model_copy(
            update={
                "lap": lap,
                "round": f"lap{lap}-{orchestrator}",
                "trial": f"lap{lap}-{orchestrator}-etl",
                "waiting_share": waiting,
                "cpu_period_s": 0.05,
            }
        )
        for lap, wobble in enumerate(wobbles, start=1)
    ] + [round_(orchestrator, lap=lap) for lap in range(1, 5)]


SLOW_AND_QUICK = [
    *once("slow"),
    *once("floor"),
    *once("quick"),
    *laps("slow", total_ms=9000),
    *laps("floor", total_ms=2600),
    *laps("quick", total_ms=4000),
]
SHOWN = result("slow", "floor", "quick", records=SLOW_AND_QUICK)


def test_systems_stand_in_the_order_of_what_they_add_with_their_ranks() -> None:
    lines = headline(columns(SHOWN))
    assert [(line.rank, line.column.system.name) for line in lines] == [(None, "floor"), (1, "quick"), (2, "slow")]


def test_what_is_added_is_split_into_waiting_and_computing() -> None:
    line = headline(columns(SHOWN))[1]
    assert line.cells[0] == "2.2 s: 1.1 + 1.1"


def test_cells_are_short() -> None:
    cells = [cell for line in headline(columns(SHOWN)) for cell in line.cells[1:]]
    assert all(len(cell) <= 7 for cell in cells), cells


def test_a_reader_gets_the_uncertainty_where_an_order_is_not_known() -> None:
    alike = result("floor", "tool", "another", records=[*laps("tool", total_ms=4000), *laps("another", total_ms=4015)])
    cells = [line.cells[0] for line in headline(columns(alike)) if line.column.system.name != "floor"]
    assert all("±" in cell for cell in cells), cells
    assert "±" not in "".join(line.cells[0] for line in headline(columns(SHOWN)))


def test_one_without_a_number_comes_last_and_says_why() -> None:
    records = [*laps("floor", total_ms=2600), round_("tool", failure="not ready in 9 s")]
    last = headline(columns(result("tool", "floor", records=records)))[-1]
    assert last.column.system.name == "tool"
    assert last.cells[0] == "–"
    assert last.troubles == ("1 of 1 rounds failed",)


def test_one_lap_gives_no_ranks() -> None:
    lines = headline(columns(result("floor", "tool", records=[trial("floor"), trial("tool", total_ms=9000)])))
    assert [line.rank for line in lines] == [None, None]


def tuned(records: list[Record]) -> list[Record]:
    return [record.model_copy(update={"profile": "tuned"}) for record in records]


def test_sentences_say_what_is_clear() -> None:
    said = sentences(columns(SHOWN))
    assert said[0] == "Quick defaults adds least to a run of `etl`: 2.2 s, clearly less than any other."
    assert said[-1] == "Every trial of every system came out valid."


def test_sentences_never_say_more_than_the_intervals_carry() -> None:
    alike = [*laps("floor", total_ms=2600), *laps("tool", total_ms=4000), *laps("another", total_ms=4015)]
    said = " ".join(sentences(columns(result("floor", "tool", "another", records=alike))))
    assert "cannot be told from it" in said
    assert "Which adds less is not known of Tool defaults and Another defaults." in said
    assert "clearly" not in said


def test_who_is_alone_is_not_called_the_least() -> None:
    alone = [*laps("floor", total_ms=2600), *laps("tool", total_ms=4000)]
    (said, *_) = sentences(columns(result("floor", "tool", records=alone)))
    assert said == "Tool defaults adds 2.2 s to a run of `etl`."
    shown = result("floor", "tool", records=[*alone, *tuned(laps("tool", total_ms=5000))])
    shown.environment.systems[1].profiles["tuned"] = shown.environment.systems[1].profiles["defaults"]
    (said, *_) = sentences(columns(shown))
    assert said == "Tool defaults adds 2.2 s and Tool tuned adds 3.2 s to a run of `etl`."


def test_one_lap_is_said_to_be_too_little() -> None:
    (first, *_) = sentences(columns(result("floor", "tool", records=[trial("floor"), trial("tool", total_ms=9000)])))
    assert "too few laps" in first


def test_a_hang_is_told() -> None:
    hung: TrialRecord = trial("tool", outcome="hung", total_ms=60_000)
    said = sentences(columns(result("floor", "tool", records=[*laps("floor", total_ms=2600), hung])))
    assert said[-1] == "Not every trial came out valid: Tool defaults: 1 of 1 hung."


def test_the_readme_shows_table_figure_and_links() -> None:
    markdown = render_headline(SHOWN, link="results/x/")
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 3
    assert {row.count("|") for row in rows} == {9}
    assert '<source media="(prefers-color-scheme: dark)" srcset="results/x/phases-dark.svg">' in markdown
    assert "[All tables](results/x/table.md)" in markdown
    assert "[defaults](pipelines/quick)" in markdown
    assert re.search(r"\*\*1\*\* \[Quick\]", markdown)


def test_a_name_with_markup_in_it_is_shown_as_it_is() -> None:
    evil = "<script>alert(1)</script> | [x](y) [/red] *b*"
    wild = SHOWN.environment.model_copy(
        update={"systems": [s.model_copy(update={"title": evil}) for s in SHOWN.environment.systems]}
    )
    shown = result("slow", "floor", "quick", records=SLOW_AND_QUICK)
    markdown = render_headline(type(shown)(**{**vars(shown), "environment": wild}))
    assert "<script>" not in markdown
    assert "](y)" not in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert {row.count("|") for row in rows} == {9}


def test_what_the_crash_lab_found_comes_with_it_where_something_is_known() -> None:
    plain = render_headline(SHOWN, link="results/x/")
    assert "after a crash" not in plain
    name = SHOWN.environment.systems[2].name
    lies = crash(name, "after-commit", finding="false success")
    told = render_headline(
        SHOWN, link="results/x/", crashes=cells([crashed("floor", name, records=[crash(name), lies])])
    )
    head, _, *rows = told.splitlines()
    place = head.split(" | ").index("after a crash")
    found = {row.split(" | ")[place] for row in rows if row.startswith("| ")}
    assert found == {"–", "1\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}2"}
    assert len(head.split(" | ")) == 9, "no more columns fit"
    assert "1 of 2 cells come out as a user would want; success was told of data that are wrong" in told
    assert "went out twice in `after-commit` by " in told
    assert "[what is left when things die](results/crash.md)" in told


def test_what_came_out_well_and_left_the_tool_unable_is_counted() -> None:
    hurt = cells([crashed("floor", "tool", records=[crash("tool", next_run=None, next_run_s=None)])])
    assert after_crashes(hurt).startswith(
        "When something dies, 1 of 1 cells come out as a user would want, though in 1 of them the next run did not end"
    )
