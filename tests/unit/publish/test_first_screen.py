"""The first screen: one row per tool, at most five lines, and a table of failures."""

import re
from dataclasses import replace

from samples import crash, crashed, laps, once, result, trial
from stamps import CLEAN

from harness.experiment.crash_verdict import Snapshot
from harness.experiment.golden import Content
from harness.labs.crash.cells import cells
from harness.publish.failures import after_crashes
from harness.publish.first_screen import render_headline
from harness.report.lineup import lineup_of
from harness.report.sentences import asides, sentences
from harness.results.records import CrashRecord, Record
from harness.results.result import Result

SPACE = "\N{NO-BREAK SPACE}"
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
TOTALS_MS = {"floor": 2600, "tool": 9000, "shelf": 3000, "double": 2700, "other": 5000}


def measured(*names: str, profiles: tuple[str, ...] = ("defaults", "tuned")) -> Result:
    """Return a result in which `tool` has these profiles, each faster than the one before it."""
    records = [record for name in names for record in [*once(name), *laps(name, TOTALS_MS[name])]]
    for number, profile in enumerate(profiles[1:], start=1):
        records += laps("tool", TOTALS_MS["tool"] - 2000 * number, profile)
    shown = result(*names, records=records)
    for system in shown.environment.systems:
        if system.name == "tool":
            system.profiles.update(dict.fromkeys(profiles, system.profiles["defaults"]))
    return shown


MIXED = measured("floor", "tool", "shelf", "double", "other")


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of the first table, heading included, with names instead of links."""
    table = LINK.sub(r"\1", markdown.partition("something fails")[0])
    lines = [line for line in table.splitlines() if line.startswith("|") and not line.startswith("| :")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_a_tool_has_one_row_with_both_profiles() -> None:
    shown = rows(render_headline(lineup_of(MIXED)))
    (tool,) = [row for row in shown if row[0] == "Tool" and row[1][0].isdigit()]
    assert tool[1] == f"7.2{SPACE}→{SPACE}**5.2**"
    assert [row[1] for row in shown if "Other" in row[0]] == ["3.2"]
    assert "[**defaults → tuned**](settings.md)" in render_headline(lineup_of(MIXED))


def test_a_third_profile_leaves_the_pair_as_it_is() -> None:
    three = measured("floor", "tool", "other", profiles=("defaults", "tuned", "safe"))
    two = measured("floor", "tool", "other")
    assert rows(render_headline(lineup_of(three))) == rows(render_headline(lineup_of(two)))


def test_the_pair_depends_on_order_and_not_on_names() -> None:
    assert "[**defaults → nimble**]" in render_headline(
        lineup_of(measured("floor", "tool", profiles=("defaults", "nimble")))
    )


def test_modes_have_a_bold_row_and_neither_baseline_nor_emulator_has_one() -> None:
    markdown = render_headline(lineup_of(MIXED))
    first = [row[0] for row in rows(markdown)]
    assert [each for each in first if each.startswith("**")] == ["**Servers**", "**Libraries**"]
    assert not any("Double" in each or "Floor" in each for each in first)
    assert "Double is an emulator: its figures say nothing about the real service, so it is not ranked." in markdown
    assert "The baseline, Floor, has 0.81 s of overhead." in markdown


def test_the_lowest_tuned_overhead_comes_first() -> None:
    names = [row[0].strip("*") for row in rows(render_headline(lineup_of(MIXED)))]
    assert names == ["Tool", "Servers", "Other", "Tool", "Libraries", "Shelf"]


def test_no_name_breaks_and_every_row_has_all_cells() -> None:
    titled = [
        system.model_copy(update={"title": f"The {system.title}"}) if system.name == "tool" else system
        for system in MIXED.environment.systems
    ]
    shown = rows(
        render_headline(lineup_of(replace(MIXED, environment=MIXED.environment.model_copy(update={"systems": titled}))))
    )
    assert {len(row) for row in shown} == {6}
    assert any(row[0] == f"The{SPACE}Tool" for row in shown)


def test_each_statement_is_one_line_and_there_are_at_most_five() -> None:
    bullets = [line for line in render_headline(lineup_of(MIXED)).splitlines() if line.startswith("- ")]
    assert 3 <= len(bullets) <= 5
    assert bullets[0].startswith("- Lowest overhead per `etl` run: Other with 3.2 s among servers and Shelf with 1.2 s")
    assert "- Profile `tuned` cuts overhead by a factor of 1.4 (Tool)." in bullets


def test_it_says_if_tuning_makes_no_difference() -> None:
    shown = measured("floor", "tool", "other")
    same = [record for record in shown.records if record.profile != "tuned"] + laps("tool", 9000, "tuned")
    lines = tuple(replace(shown.lines[0], record=record) for record in same)
    lineup = lineup_of(replace(shown, lines=lines))
    assert "Profile `tuned` makes no measurable difference to the overhead of Tool." in asides(lineup)
    assert not any("factor" in said for said in sentences(lineup))


def test_a_trial_that_was_not_valid_marks_its_tool() -> None:
    shown = measured("floor", "tool", "other")
    hung = replace(shown.lines[0], record=trial("other", outcome="hung", total_ms=60_000))
    markdown = render_headline(lineup_of(replace(shown, lines=(*shown.lines, hung))))
    assert [row[0] for row in rows(markdown) if "†" in row[0]] == [f"Other{SPACE}†"]
    assert "† Not every trial was valid." in markdown
    assert "Not every trial was valid. Other: 1 of 5 hung." in markdown


def test_it_shows_the_figure_and_links() -> None:
    markdown = render_headline(lineup_of(MIXED), link="results/x/")
    assert '<source media="(prefers-color-scheme: dark)" srcset="results/x/overhead-dark.svg">' in markdown
    assert "[All numbers](results/x/table.md)" in markdown
    assert "`orchbench open results/x`" in markdown


def test_markup_in_a_name_is_shown_as_it_is() -> None:
    evil = "<script>alert(1)</script> | [x](y) [/red] *b*"
    systems = [system.model_copy(update={"title": evil}) for system in MIXED.environment.systems]
    markdown = render_headline(
        lineup_of(replace(MIXED, environment=MIXED.environment.model_copy(update={"systems": systems})))
    )
    assert "<script>" not in markdown
    assert "](y)" not in markdown
    assert {len(row) for row in rows(markdown)} == {6}


def test_without_crash_results_it_says_nothing_about_failures() -> None:
    markdown = render_headline(lineup_of(MIXED), link="results/x/")
    assert "something fails" not in markdown
    assert "crash.md" not in markdown


def failures(*records: Record) -> list[str]:
    markdown = render_headline(lineup_of(MIXED), laps=[crashed("floor", "tool", records=records)])
    table = markdown.partition("**What happens when something fails**")[2]
    assert "[all failure scenarios](results/crash.md)" in markdown
    return [line for line in table.splitlines() if line]


def test_a_failure_table_has_the_outcome_of_each_run() -> None:
    lies = crash("tool", "after-commit", finding="false success")
    head, _, row, caption, summary, *_ = failures(crash("tool"), lies)
    assert head == "| Tool | A step is killed | Killed right after commit |"
    assert LINK.sub(r"\1", row) == f"| Tool | ✓{SPACE}2.5{SPACE}s | ✗{SPACE}reports success, wrong data |"
    assert "Trials per cell: 1." in caption
    assert "Measured on 2025-06-15 with 2 CPUs (CPU)." in caption
    assert summary.startswith("2 scenarios make 2 combinations with a tool and profile. 1 always ended well.")
    assert "Success was reported with wrong, missing or duplicate data: in `after-commit` Tool." in summary


def test_profiles_share_a_cell_in_their_order() -> None:
    shown = crashed(
        "tool",
        records=[
            crash("tool", delivered_s=8.14),
            *(crash("tool", delivered_s=seconds).model_copy(update={"profile": "safe"}) for seconds in (2.0, 2.4)),
            crash("tool", finding="failed").model_copy(update={"profile": "tuned"}),
        ],
    )
    profiles = shown.environment.systems[0].profiles
    profiles.update(tuned=profiles["defaults"], safe=profiles["defaults"])
    markdown = render_headline(lineup_of(MIXED), laps=[shown])
    assert f"| ✓{SPACE}8.1{SPACE}s →{SPACE}✗{SPACE}fails →{SPACE}✓{SPACE}2.2{SPACE}s |" in markdown
    assert "**defaults → tuned → safe**" in markdown
    assert "Trials per cell: 1 to 2." in markdown


def test_a_cell_with_different_trials_says_how_many_succeeded() -> None:
    _, _, row, *_ = failures(crash("tool"), crash("tool", lap=2, finding="failed"), crash("tool", lap=3))
    assert f"| ✓{SPACE}2{SPACE}of{SPACE}3 |" in row


def test_successful_trials_hide_no_false_success() -> None:
    lie = crash("tool", "after-commit", finding="false success")
    twice = lie.model_copy(update={"later": replace_rows(lie, 2)})
    _, _, row, *_ = failures(crash("tool", "after-commit"), twice)
    assert f"✗{SPACE}1 of 2: delivers twice" in row
    _, _, row, *_ = failures(twice, twice)
    assert f"✗{SPACE}delivers twice |" in row


def replace_rows(record: CrashRecord, rows_: int) -> Snapshot:
    """Return the last observation of a run, with so many deliveries."""
    output = record.later.output
    tables = {**output.tables, "delivery": Content(rows=rows_)}
    return record.later.model_copy(update={"output": output.model_copy(update={"tables": tables})})


def test_a_tick_is_marked_if_the_next_run_failed_or_a_finished_step_ran_again() -> None:
    again = [*CLEAN, *(replace(event, attempt=2, pid=9) for event in CLEAN[:2])]
    _, _, row, caption, *_ = failures(crash("tool", events=again, next_run=None, next_run_s=None))
    assert "†↻ |" in row
    assert "† At least once the next run then failed or hung." in caption
    assert "↻ At least once a step that had finished ran again." in caption
    _, _, row, caption, *_ = failures(crash("tool"))
    assert "†" not in row + caption


def test_a_success_after_which_the_tool_no_longer_works_is_counted() -> None:
    hurt = cells([crashed("floor", "tool", records=[crash("tool", next_run=None, next_run_s=None)])])
    assert "1 always ended well (in 1 of these, the next run then failed)." in after_crashes(hurt)
