"""The table: the content of its cells, which depends only on the records."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from samples import environment, once, result, round_, trial, unit_test
from stamps import run

from harness.experiment.versions import METHOD
from harness.orchestrators.driver import Attempt
from harness.publish.first_screen import render_headline
from harness.publish.publish import SectionError, replace_section
from harness.report.lineup import lineup_of
from harness.report.markdown import ONE_SAMPLE, render_tables
from harness.report.measures import MEASURES
from harness.report.settings import render_settings
from harness.results.records import TrialRecord


def cells(markdown: str, heading: str, occurrence: int = 0) -> list[str]:
    """Return the cells under a heading, one per system."""
    tables: list[list[list[str]]] = [[]]
    for line in markdown.splitlines():
        if line.startswith("| "):
            tables[-1].append([cell.strip() for cell in line.split("|")[1:-1]])
        elif tables[-1]:
            tables.append([])
    (place, table) = [(t[0].index(heading), t) for t in tables if t and heading in t[0]][occurrence]
    return [row[place] for row in table[2:]]


RETRIED = run(
    ("load", 1100, 1200, 1, "failure"),
    ("load", 2700, 2800, 2, "success"),
    ("transform", 2900, 2901, 1, "failure"),
    ("transform", 3901, 3902, 2, "failure"),
    ("transform", 5902, 5950, 3, "success"),
    ("export", 6000, 6100, 1, "success"),
)
RECORDS = [
    *once("floor"),
    *once("tool"),
    trial("floor", total_ms=2400, cold=True),
    trial("floor", total_ms=2400),
    trial("tool", total_ms=9000, cold=True),
    trial("tool", total_ms=4600),
    trial("tool", total_ms=4800),
    trial("tool", total_ms=5200),
    trial("tool", "retry", events=RETRIED),
    round_("floor"),
    round_("tool"),
]
TABLE = render_tables(lineup_of(result("floor", "tool", records=RECORDS)))


def test_medians_with_spread_and_count() -> None:
    assert cells(TABLE, "total, s") == ["2.40", "4.80 (4.60–5.20, n=3)"]
    assert cells(TABLE, "total, cold, s") == ["2.40", "9.00"]


def test_a_single_sample_is_stated_once_above_a_table_and_not_in_each_cell() -> None:
    assert "(n=1)" not in TABLE.replace(ONE_SAMPLE, "")
    tables = {part.partition("\n")[0]: part for part in TABLE.split("\n## ")[1:]}
    assert ONE_SAMPLE in tables["One run of `etl`"]
    assert ONE_SAMPLE not in tables["Correctness"]
    assert ONE_SAMPLE not in render_tables(lineup_of(result("tool", records=spread_over(4, "tool", 2400, 2500))))


def test_first_success_is_of_rounds_that_began_with_the_etl() -> None:
    assert cells(TABLE, "first successful run, s") == ["12.0", "12.0"]
    noop_first = [trial("floor", "noop", cold=True), trial("tool", cold=True), round_("floor"), round_("tool")]
    table = render_tables(lineup_of(result("floor", "tool", records=noop_first)))
    assert cells(table, "first successful run, s") == ["–", "12.0"]


def spread_over(laps: int, orchestrator: str, *totals_ms: float) -> list[TrialRecord]:
    """Return warm trials of these totals in each of so many laps, with small differences."""
    return [
        trial(orchestrator, total_ms=total_ms + (0, 40, -30, 20)[(n + int(total_ms)) % 4]).model_copy(
            update={"lap": n + 1, "round": f"lap{n + 1}-{orchestrator}"}
        )
        for n in range(laps)
        for total_ms in totals_ms
    ]


def test_an_interval_needs_enough_laps() -> None:
    enough = render_tables(lineup_of(result("tool", records=spread_over(4, "tool", 2400, 2500))))
    assert re.fullmatch(r"2\.4\d \[2\.4\d–2\.[45]\d\]", cells(enough, "total, s")[0])
    assert cells(enough, "warm runs, in rounds") == ["8 in 4"]
    few = render_tables(lineup_of(result("tool", records=spread_over(2, "tool", 2400, 2500))))
    assert cells(few, "total, s") == ["2.47 (2.40–2.54, n=4)"]
    assert cells(few, "overhead tied with")[0].startswith("n/a: under 3 laps")


def test_tied_systems_are_marked() -> None:
    records = [
        *spread_over(4, "floor", 2400, 2500),
        *spread_over(4, "tool", 2410, 2505),
        *spread_over(4, "another", 2405, 2500),
        *spread_over(4, "slow", 3400, 3500),
    ]
    table = render_tables(lineup_of(result("floor", "tool", "another", "slow", records=records)))
    assert cells(table, "overhead tied with") == ["–", "Another defaults", "Tool defaults", "none"]
    assert cells(table, "rank by overhead") == ["–", "1", "1", "3"]
    assert cells(table, "× baseline")[0] == "1"
    assert re.fullmatch(r"1\.41× \[1\.[34]\d–1\.4\d\]", cells(table, "× baseline")[3])


def test_a_zero_is_no_multiple_of_the_baseline() -> None:
    assert TABLE.count("× baseline") == 1
    assert "## One run of `noop`" in TABLE


def test_headings_link_to_the_settings() -> None:
    assert "[defaults](settings.md#tool-defaults)" in TABLE
    page = render_settings(environment("floor", "tool"))
    assert "## tool-defaults" in page
    assert "[page](https://example.org/)" in page


def test_the_badge_comes_first() -> None:
    assert render_headline(lineup_of(result("floor", records=[])), "**Out of date**: old").startswith(
        "> **Out of date**: old\n\nMeasured on "
    )


def test_the_footer_identifies_the_measured_code() -> None:
    described = environment("floor", "tool")
    for fact in (described.commit, described.plan_sha256, described.warehouse.id, described.systems[1].lock_sha256):
        assert fact in TABLE


def test_ratio_is_to_the_baseline() -> None:
    assert cells(TABLE, "× baseline") == ["1", "2.00×"]


def test_code_and_setup_are_sums_and_megabytes() -> None:
    assert cells(TABLE, "pipeline, lines") == ["23", "23"]
    assert cells(TABLE, "config, lines") == ["0", "0"]
    assert cells(TABLE, "download, MB") == ["154", "154"]


def test_a_unit_test_shows_its_time_and_its_memory() -> None:
    assert cells(TABLE, "unit test, s") == ["7.2", "7.2"]
    assert cells(TABLE, "unit test: peak memory, MB") == ["190", "190"]


def test_a_unit_test_that_failed_has_no_figures() -> None:
    table = render_tables(lineup_of(result("tool", records=[unit_test("tool", failure="its unit test exits with 1")])))
    assert cells(table, "unit test, s") == ["n/a: failed: its unit test exits with 1"]


def test_the_process_of_a_step_follows_from_its_events() -> None:
    assert cells(TABLE, "each step runs in") == ["a process shared by runs"] * 2


def test_a_retry_shows_its_delay() -> None:
    assert cells(TABLE, "delay after 1 failure, s") == ["–", "1.50"]
    assert cells(TABLE, "delays after 2 failures, s") == ["–", "1.50 (1.00–2.00, n=2)"]
    assert cells(TABLE, "finished steps run again") == ["n/a: no trial", "none"]


def test_no_cell_is_empty() -> None:
    body = TABLE.partition("<details>")[0]
    rows = [line for line in body.splitlines() if line.startswith("| ") and not line.startswith("| |")]
    assert len(rows) > 20
    assert all(cell for line in rows for cell in (c.strip() for c in line.split("|")[1:-1]))


def test_an_invalid_trial_gives_no_number_and_is_shown() -> None:
    wrong = trial("tool", total_ms=100, outcome="invalid", reason="flight: 1 duplicate key")
    table = render_tables(lineup_of(result("floor", "tool", records=[*RECORDS, wrong])))
    assert cells(table, "total, s") == cells(TABLE, "total, s")
    assert "invalid: flight: 1 duplicate key" in table
    assert cells(table, "valid trials")[1] == "5 of 6"


def test_a_failed_orchestrator_keeps_its_row_with_the_reason() -> None:
    records = [trial("floor"), round_("floor"), round_("tool", failure="not ready in 9 s")]
    table = render_tables(lineup_of(result("floor", "tool", records=records)))
    assert cells(table, "total, s")[1] == "n/a: failed: not ready in 9 s"
    assert cells(table, "valid trials")[1] == "0 of 0; failed: not ready in 9 s"


def test_different_work_is_a_warning() -> None:
    slow = run(
        ("load", 1100, 1600, 1, "success"),
        ("transform", 1700, 2000, 1, "success"),
        ("export", 2250, 3750, 1, "success"),
    )
    assert "the same step code took" not in TABLE
    table = render_tables(
        lineup_of(result("floor", "tool", records=[trial("floor"), trial("tool", events=slow, total_ms=3000)]))
    )
    assert "the same step code took 28% longer in Tool defaults (2.30 s) than in Floor (1.80 s)" in table


def test_the_attempt_history_is_compared_with_the_probe() -> None:
    told = [Attempt(step=step, number=1, succeeded=True) for step in ("load", "transform", "export")]
    lying = [*told[:2], replace(told[2], number=2)]
    table = render_tables(
        lineup_of(
            result("floor", "tool", records=[trial("floor"), trial("tool", told=told), trial("tool", told=lying)])
        )
    )
    assert cells(table, "attempt history agrees") == ["n/a: it keeps none", "1 of 2"]


def test_the_footer_has_the_machine_versions_laps_and_trials() -> None:
    assert "on host: CPU, 2 CPUs, 16.0 GiB, Debian, Linux 6.1, Docker 20.10 on overlay2" in TABLE
    assert (
        "Versions: Tool 1.0. Preset `quick`, 1 of 1 laps, 7 trials, seed 7, commit `abcdef012345`, method 3." in TABLE
    )
    assert "unfinished" in render_tables(lineup_of(result("floor", ended=False, records=[])))


def test_every_result_names_the_method_of_its_numbers() -> None:
    assert f"method {METHOD}." in TABLE


def test_the_number_of_retries_is_the_plans() -> None:
    shown = result("floor", records=RECORDS)
    assert "Every step is set to 2 retries, 1 s apart." in render_tables(lineup_of(shown))
    other = {name: each.model_copy(update={"retries": 5}) for name, each in shown.plan.scenarios.items()}
    assert "5 retries" in render_tables(lineup_of(replace(shown, plan=replace(shown.plan, scenarios=other))))


def test_a_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- START results -->\nold\n<!-- END results -->\nafter\n")
    replace_section(readme, "results", "new\n")
    replace_section(readme, "results", "new\n")
    assert readme.read_text() == "before\n<!-- START results -->\nnew\n<!-- END results -->\nafter\n"
    with pytest.raises(SectionError, match="START other"):
        replace_section(readme, "other", "x")


def test_ranks_and_ties_are_by_overhead() -> None:
    """A tool whose steps happened to run slowly has a long total, but no more overhead."""
    long_steps = run(
        ("load", 1100, 3600, 1, "success"),
        ("transform", 3700, 4000, 1, "success"),
        ("export", 4250, 5250, 1, "success"),
    )
    unlucky = [
        trial("tool", total_ms=4500 + wobble, events=long_steps).model_copy(update={"lap": lap, "round": f"lap{lap}"})
        for lap, wobble in enumerate((0, 10, -10, 5), start=1)
    ]
    table = render_tables(lineup_of(result("another", "tool", records=[*spread_over(4, "another", 3800), *unlucky])))
    assert cells(table, "total, s")[0] < cells(table, "total, s")[1]
    assert cells(table, "rank by overhead") == ["2", "1"]


def test_the_extra_delay_of_a_retry_is_its_delay_less_the_configured_second() -> None:
    uneven = [
        trial(
            "tool",
            "retry",
            events=run(("load", 1100, 1200, 1, "failure"), ("load", 2200 + late, 2300 + late, 2, "success")),
        ).model_copy(update={"lap": lap, "round": f"lap{lap}"})
        for lap, late in enumerate((2, 4, 3, 900), start=1)
    ]
    (row,) = lineup_of(result("tool", records=uneven)).rows
    delay, extra = (MEASURES[key].sample(row) for key in ("retry_delay_1_s", "retry_extra_s"))
    assert extra.typical == pytest.approx(delay.typical - 1)
    assert extra.interval.low == pytest.approx(delay.interval.low - 1)
    assert extra.values == pytest.approx([value - 1 for value in delay.values])


def test_the_baseline_shows_no_version_of_its_library() -> None:
    assert "- Floor: image" in TABLE
    assert "- Tool 1.0: image" in TABLE
    page = render_settings(environment("floor", "tool"))
    assert "[Floor](https://example.org/floor), profile `defaults`." in page
    assert "[Tool](https://example.org/tool) 1.0, profile `defaults`." in page


def test_a_trial_after_a_hang_is_cold() -> None:
    hung = trial("tool", outcome="hung", total_ms=60_000)
    records = [trial("tool", total_ms=4000), hung, trial("tool", total_ms=9000), trial("tool", total_ms=6000)]
    table = render_tables(lineup_of(result("floor", "tool", records=records)))
    assert cells(table, "warm runs, in rounds")[1] == "2 in 2"
    assert cells(table, "total, s")[1] == "4.90 (4.00–6.00, n=2)"
    assert cells(table, "total, cold, s")[1] == "9.00"


def test_a_row_names_its_retry_rule() -> None:
    constant = run(
        ("transform", 2900, 2901, 1, "failure"),
        ("transform", 3901, 3902, 2, "failure"),
        ("transform", 4902, 4950, 3, "success"),
    )
    records = [trial("floor", "retry", events=constant), trial("tool", "retry", events=RETRIED)]
    table = render_tables(lineup_of(result("floor", "tool", records=records)))
    assert cells(table, "same delay each time") == ["yes", "no: a backoff"]


def test_the_overhead_is_split_into_waiting_and_computing() -> None:
    told = trial("tool", total_ms=3400).model_copy(update={"waiting_share": 0.75, "cpu_period_s": 0.05})
    fine = {"waiting_share": 0.75, "cpu_period_s": 0.05}
    floor = trial("floor").model_copy(update=fine)
    coarse = trial("other").model_copy(update={**fine, "cpu_period_s": 2.0})
    table = render_tables(lineup_of(result("floor", "tool", "other", records=[told, floor, coarse])))
    overhead_s = told.phases.overhead_s
    unknown = "n/a: its CPU readings are too coarse"
    assert cells(table, "waiting, s") == ["–", f"{0.75 * overhead_s:.2f}", unknown]
    assert cells(table, "computing, s") == ["–", f"{0.25 * overhead_s:.2f}", unknown]


def test_state_written_per_run_is_the_growth_of_a_round_divided_by_its_runs() -> None:
    grown = {"state_runs": 5, "state_bytes": 500_000, "transactions": 400}
    records = [round_("floor"), round_("tool").model_copy(update=grown)]
    table = render_tables(lineup_of(result("floor", "tool", records=records)))
    assert cells(table, "state written per run, kB") == ["n/a: no valid trial", "100"]
    assert cells(table, "transactions per run") == ["n/a: SQLite or none", "80"]


def test_a_trial_without_a_verdict_is_counted_but_says_nothing_about_the_tool() -> None:
    """An absent harness: half of the run is in its record, and its delays are three seconds too long."""
    late = trial("tool", "retry", outcome="error", reason="the harness did not run for 17.2 s", told=[], events=RETRIED)
    records = [*once("tool"), trial("tool", "retry"), late, trial("tool")]
    table = render_tables(lineup_of(result("tool", records=records)))
    assert cells(table, "valid trials") == ["2 of 3"]
    assert cells(table, "succeeded after failures") == ["1 of 1"]
    assert cells(table, "delay after 1 failure, s") == ["n/a: no valid trial"]
    assert cells(table, "attempt history agrees") == ["n/a: it keeps none"]
    assert "error: the harness did not run for 17.2 s" in table


def test_unknown_memory_is_not_0() -> None:
    untold = trial("tool").model_copy(update={"peak_rss_bytes": None})
    rested = round_("tool").model_copy(update={"idle_rss_bytes": None})
    table = render_tables(lineup_of(result("tool", records=[*once("tool"), untold, rested])))
    why = "n/a: the kernel does not report the memory of processes"
    assert cells(table, "idle memory, MB") == cells(table, "`etl`: peak memory, MB") == [why]
