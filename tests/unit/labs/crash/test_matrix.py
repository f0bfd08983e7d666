"""The crash matrix: short verdicts, and a sentence behind each."""

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import edit_records, write_crash_lap
from samples import crash, crashed, later_by, result
from stamps import CLEAN, HELD

from harness.audit import audit
from harness.cli.as_json import of_result
from harness.experiment.crash import NotTried
from harness.experiment.crash_verdict import Snapshot
from harness.experiment.golden import Output
from harness.labs.crash.cells import Cell, cells
from harness.labs.crash.matrix import joined_files, render_crashes
from harness.labs.crash.page import render_crash_page
from harness.labs.crash.plan import stuck_cells
from harness.labs.crash.remarks import REMARKS, read_remarks
from harness.labs.crash.scenarios import crashes
from harness.labs.crash.summary import verdicts
from harness.labs.crash.words import sentence, short
from harness.labs.report_files import stale_files, write_report
from harness.paths import REPOSITORY
from harness.publish.failures import after_crashes
from harness.publish.index import committed, render_index
from harness.results.result import read_result

NOTHING = Snapshot(state="failed", output=Output(difference="flight: the table is missing"))
STUCK = {"finding": "stuck", "told": None, "told_s": None, "delivered_s": None, "next_run": None, "next_run_s": None}


def cell(*records, scenario: str = "task-killed") -> Cell:
    return Cell("tool", "Tool defaults", scenario, crashes()[scenario], records)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "✓ 2.5 s"),
        ({"delivered_s": 63.2}, "✓ 63 s"),
        ({"finding": "failed"}, "✗ failed"),
        ({"finding": "false success"}, "✗ FALSE OK"),
        ({"finding": "false failure"}, "✗ false fail"),
        ({"finding": "damaged"}, "✗ DAMAGED"),
        (STUCK, "✗ > 120 s"),
        ({"outcome": "missed", "finding": None, "reason": "too late"}, "missed"),
        ({"outcome": "hung", "finding": None, "reason": "its moment did not come"}, "hung"),
        ({"outcome": "error", "finding": None, "reason": "it broke"}, "error"),
    ],
)
def test_a_verdict_is_a_few_characters(told: dict[str, object], words: str) -> None:
    found = cell(crash("tool", **told))
    assert short(found) == words
    assert len(short(found)) <= 12


def test_the_expected_outcome_of_a_scenario_is_not_a_failure() -> None:
    assert short(cell(crash("tool", "warehouse-gone", finding="failed"), scenario="warehouse-gone")) == "✓ failed"
    assert short(cell(crash("tool", "cancelled", finding="ran on"), scenario="cancelled")) == "✗ ran on"


def test_laps_of_several_results_are_joined_and_different_verdicts_are_marked() -> None:
    laps = [crashed("tool", records=[crash("tool", lap=1), crash("tool", lap=2, **STUCK)])]
    laps.append(crashed("tool", records=[crash("tool", lap=1)]))
    first, *_ = cells(laps)
    assert short(first) == "2 of 3 ✓"
    page = render_crashes(laps)
    assert page.count("Measured 2025-06-15") == 2
    assert page.count("- **task-killed**") == 1 + 3, "the scenario, and the evidence of each trial"


def test_the_joined_matrix_has_one_page_of_evidence_per_tool() -> None:
    laps = [crashed("floor", "tool", records=[crash("tool"), crash("floor", "after-commit")])]
    files = dict(joined_files(laps))
    assert list(files) == ["crash.md", "crash/floor.md", "crash/tool.md"]
    assert "[Tool](crash/tool.md)" in files["crash.md"]
    assert files["crash.md"].count("- **task-killed**") == 1, "the scenario"
    assert files["crash/tool.md"].count("- **task-killed**") == 1, "its trial"
    assert "## Tool defaults" in files["crash/tool.md"]


def test_a_remark_marks_its_cells_and_stands_below_the_matrix(tmp_path: Path) -> None:
    (tmp_path / REMARKS).write_text(
        '[[remark]]\nsystem = "tool"\nprofile = "defaults"\nscenarios = ["task-killed"]\nwords = "A limit of 120 s."\n'
    )
    laps = [crashed("floor", "tool", records=[crash("tool"), crash("floor")])]
    matrix = dict(joined_files(laps, read_remarks(tmp_path)))["crash.md"]
    assert matrix.count("‡") == 2
    assert "\n‡ Tool defaults, `task-killed`: A limit of 120 s.\n" in matrix
    assert "‡" not in dict(joined_files(laps, read_remarks(tmp_path / "none")))["crash.md"]


def test_each_committed_remark_is_in_the_committed_matrix() -> None:
    matrix = (REPOSITORY / "results" / "crash.md").read_text()
    remarks = read_remarks(REPOSITORY / "results")
    assert remarks
    for remark in remarks:
        (line,) = (line for line in matrix.splitlines() if line.startswith("‡") and remark.words in line)
        assert all(f"`{scenario}`" in line for scenario in remark.scenarios)


def test_a_record_is_judged_by_its_own_plan() -> None:
    older, newer = (crashed("tool", records=[crash("tool", lap=lap, finding="failed")]) for lap in (1, 2))
    older.plan.crashes["task-killed"] = crashes()["task-killed"].model_copy(update={"wanted": "failed"})
    (found, *_) = cells([older, newer])
    assert (short(found), found.as_wanted) == ("1 of 2 ✓", 1)
    assert found.crash.wanted == "recovered", "the scenario is described by the newest plan"


def test_only_tools_are_in_the_sum() -> None:
    lap = crashed("floor", "tool", records=[crash("floor"), crash("tool"), crash("tool", "after-commit", **STUCK)])
    every = cells([lap])
    said = after_crashes(every)
    assert said.startswith("2 scenarios make 2 combinations with a tool and profile. 1 always ended well.")
    emulated = [replace(each, tool=False) for each in every]
    assert after_crashes(emulated) == ""


def test_repeated_attempts_are_reported_once() -> None:
    flapping = crash("tool", did=["metadata shut down", "metadata started again"] * 12)
    assert sentence(crashes()["task-killed"], flapping).startswith("12 times: metadata shut down, metadata started ag")
    assert sentence(crashes()["task-killed"], crash("tool", did=["stopped", "gone"])).startswith("Stopped. Gone. ")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"next_run_refusals": 0}, "The next run succeeded in 1.0 s."),
        ({"next_run_refusals": 2, "next_run_refused": "busy"}, "1.0 s. The tool rejected 2 of its triggers: busy."),
        ({**STUCK, "next_run_refusals": 0}, "The next run hung."),
        ({**STUCK, "next_run_refusals": 9, "next_run_refused": "no"}, "hung. The tool rejected 9 of its triggers: no."),
        (STUCK, "The next run was rejected or hung."),
    ],
)
def test_the_next_run_is_reported_with_its_duration(told: dict[str, object], words: str) -> None:
    assert sentence(crashes()["task-killed"], crash("tool", **told)).endswith(words)


def test_the_worst_of_several_bad_verdicts_is_shown() -> None:
    assert short(cell(crash("tool", **STUCK), crash("tool", finding="false success"))) == "✗ FALSE OK"
    assert short(cell(crash("tool", finding="failed"), crash("tool", **STUCK), crash("tool", **STUCK))) == "✗ > 120 s"


def test_different_verdicts_do_not_hide_the_worst() -> None:
    words = short(cell(crash("tool"), crash("tool", finding="false success"), crash("tool", **STUCK)))
    assert (words, len(words)) == ("1/3 FALSE OK", 12)


@pytest.mark.parametrize("after", [{"next_run": None, "next_run_s": None}, {"next_run": "failed"}])
def test_a_good_run_does_not_hide_a_failed_next_run(after: dict[str, object]) -> None:
    assert short(cell(crash("tool"), crash("tool", **after))) == "✓ 2.5 s†"
    assert short(cell(crash("tool", **after), crash("tool", **STUCK))) == "1 of 2 ✓†"
    assert short(cell(crash("tool", finding="failed", **after))) == "✗ failed", "that is bad enough"
    assert short(cell(crash("tool", finding="held", **after), scenario="slot-killed")) == "✗ held"


def test_a_finished_step_that_ran_again_is_marked() -> None:
    again = [*crash("tool").events, *later_by(2000, CLEAN[:2])]
    assert short(cell(crash("tool", events=again))) == "✓ 2.5 s↻"
    assert short(cell(crash("tool", events=again, finding="failed"))) == "✗ failed", "that is bad enough"


def test_a_longer_timeout_separates_slow_from_stuck() -> None:
    hasty, patient = crash("tool", **STUCK), {"patience_s": 900}
    slow = crash("tool", lap=2, told_s=330, delivered_s=326, **patient)
    assert short(cell(hasty, hasty, slow)) == "✓ 326 s"
    assert short(cell(hasty, crash("tool", **STUCK, **patient))) == "✗ > 900 s"
    assert short(cell(hasty, crash("tool", finding="failed", told_s=400, **patient))) == "✗ failed"
    quick = crash("tool", told_s=30, delivered_s=30, **patient)
    assert short(cell(hasty, quick)) == "1 of 2 ✓", "it had the time, and yet did not end"
    assert short(cell(hasty, slow, crash("tool", **STUCK, **patient))) == "1 of 2 ✓"


def test_a_fault_that_came_too_late_is_not_counted_even_if_the_record_counts_it() -> None:
    late = {"finding": "recovered", "events": [*CLEAN[:4], *HELD]}
    gone = "warehouse-gone"
    assert short(cell(crash("tool", gone, **late), scenario=gone)) == "missed"
    both = cell(crash("tool", gone, **late), crash("tool", gone, finding="failed"), scenario=gone)
    assert (short(both), both.as_wanted, len(both.valid)) == ("✓ failed", 1, 1)
    assert sentence(both.crash, both.records[0]).startswith("Missed and not counted")


def test_only_stuck_cases_are_repeated_with_a_longer_timeout() -> None:
    lap = crashed("floor", "tool", records=[crash("floor", **STUCK), crash("tool", **STUCK), crash("tool", "cut-off")])
    assert stuck_cells([lap], 900) == {("tool", "defaults", "task-killed")}
    assert stuck_cells([lap], 120) == set()
    patient = crashed("floor", "tool", records=[crash("tool", **STUCK, patience_s=900)])
    assert stuck_cells([lap, patient], 900) == set()


def test_modes_are_shown_if_there_are_several() -> None:
    several = crashed("floor", "shelf", "tool", records=[crash("tool"), crash("shelf")])
    assert list(dict.fromkeys(each.title for each in cells([several]))) == ["Floor", "Tool defaults", "Shelf defaults"]
    for page in (render_crashes([several]), render_crash_page(several)):
        assert page.count("(library)") == 1
        assert page.count("(server)") == 1
    assert "(server)" not in render_crashes([crashed("floor", "tool", records=[crash("tool")])])


def test_a_page_has_the_faults_the_observations_and_the_reasons_for_gaps() -> None:
    cut_off = NotTried(reason="containers | only", docs="https://example.org/a")
    again = crash("no-folder", "after-commit", finding="failed", told=NOTHING, later=NOTHING, overlap_s=1.25)
    page = render_crashes([crashed("no-folder", records=[crash("no-folder"), again], not_tried={"cut-off": cut_off})])
    assert "| | task-killed | after-commit | cut-off |" in page
    row = "✓\N{NO-BREAK SPACE}2.5\N{NO-BREAK SPACE}s | ✗\N{NO-BREAK SPACE}failed | –"
    assert f"| [No-Folder defaults](../../pipelines/no-folder/NOTES.md) | {row} |" in page
    assert "SIGKILL by itself: pid 7 is gone. Recovered: reported success" in page
    assert "Detected after 0.9 s, data delivered after 2.5 s, success reported after 2.6 s" in page
    assert "`transform` kills its own process (SIGKILL) after computing, before it returns. Expected: the run" in page
    assert "Attempts: load 1, transform 2, export 1" in page
    assert "Two copies of a step ran in parallel for 1.2 s" in page
    assert "**cut-off** not applicable: containers" in page
    assert "| only" not in page, "escaped"
    assert "([its documentation](https://example.org/a))." in page


def test_markup_in_observations_stays_text() -> None:
    wrote = ["<script>2</script>", "\x1b[32mgreen\x1b[0m"]
    odd = {"did": ["<script>alert(1)</script> [x](y) | z"], "finding": "failed", "log": wrote}
    lap = crashed("tool", records=[crash("tool", **odd), crash("tool", "after-commit", log=["all is well"])])
    assert "<script>" not in render_crashes([lap])
    assert "[x](y)" not in render_crashes([lap])
    page = render_crash_page(lap)
    assert "<script>" not in page
    assert "<pre>&lt;script&gt;2&lt;/script&gt;\ngreen</pre>" in page
    assert "all is well" not in page, "its log tells nothing that is missed"


def test_the_terminal_counts_the_expected_outcomes_and_names_the_others() -> None:
    told = cells([crashed("floor", "tool", records=[crash("tool"), crash("tool", "after-commit", **STUCK)])])
    assert verdicts(told) == ["Tool defaults: 1 of 2 as expected, except after-commit ✗ > 120 s"], (
        "Floor was asked nothing"
    )


def test_the_terminal_names_trials_without_a_verdict() -> None:
    nothing = {"outcome": "error", "reason": "the engine went away", "finding": None}
    told = cells([crashed("tool", records=[crash("tool"), crash("tool", "after-commit", **nothing)])])
    assert verdicts(told) == ["Tool defaults: 1 of 1 as expected, except after-commit error"]


def test_the_terminal_names_chosen_scenarios_that_do_not_apply() -> None:
    why = {"after-commit": NotTried(reason="it limits no time")}
    told = cells([crashed("floor", "tool", records=[crash("tool")], not_tried=why)])
    assert verdicts(told) == [
        "Floor: not applicable: after-commit (it limits no time)",
        "Tool defaults: not applicable: after-commit (it limits no time)",
        "Tool defaults: 1 of 1 as expected",
    ]


def test_the_terminal_refers_to_the_reasons_if_there_are_many() -> None:
    every = [Cell("tool", "Tool", name, crashes()[name], (), NotTried(reason="why not")) for name in [*crashes()][:3]]
    (line,) = verdicts(every)
    assert line == f"Tool: not applicable: {', '.join(each.scenario for each in every)} (reasons: crash.md)"


def test_the_terminal_names_scenarios_after_which_the_next_run_failed() -> None:
    told = cells([crashed("tool", records=[crash("tool", next_run=None, next_run_s=None)])])
    assert verdicts(told) == [
        "Tool defaults: 1 of 1 as expected, except task-killed ✓ 2.5 s†",
        "† at least once, the next run was rejected, failed or hung",
    ]


def test_the_index_links_to_the_joined_matrix() -> None:
    lap, published = crashed("tool", records=[crash("tool")]), result("tool")
    line = render_index([lap], committed(replace(published, folder=Path("published")), [lap])).splitlines()[-1]
    assert "](nowhere/)" in line
    assert line.endswith("| [matrix](crash.md) |")
    assert "| 1 |" in line


def test_a_crash_lap_has_its_matrix_and_the_audit_compares_it_with_the_records(tmp_path: Path) -> None:
    write_crash_lap(tmp_path, "floor", "tool")
    told = read_result(tmp_path)
    assert audit(told) == []
    assert write_report(told) == tmp_path / "crash.md"
    assert not (tmp_path / "table.md").exists()
    assert [*stale_files(told)] == []
    (tmp_path / "crash.md").write_text("all is well\n")
    assert [*stale_files(told)] == ["crash.md"]


def test_a_crash_lap_with_a_missing_or_repeated_trial_does_not_pass(tmp_path: Path) -> None:
    write_crash_lap(tmp_path, "floor", "tool")
    edit_records(tmp_path, lambda records: records.append(records.pop(4)))
    assert [fault.what for fault in audit(read_result(tmp_path))] != []
    edit_records(tmp_path, lambda records: records.remove(records[-1]))
    assert any("of its round is missing" in fault.what for fault in audit(read_result(tmp_path)))


def test_json_has_every_verdict() -> None:
    told = of_result(crashed("tool", records=[crash("tool")]))["crashes"]
    assert [(cell["scenario"], cell["findings"]) for cell in told][:2] == [
        ("task-killed", ["recovered"]),
        ("after-commit", []),
    ]
    names = {(cell["system"], cell["profile"], cell["label"]) for cell in told}
    assert names == {("tool", "defaults", "Tool defaults")}
