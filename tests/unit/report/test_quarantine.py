"""One failure costs no other system its result: a report is made of the valid records, whatever else is there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from benchmarks import Odd, edit_environment, edit_records, write_benchmark, write_crash_lap
from hypothesis import given, settings
from hypothesis import strategies as st
from objections import text

from harness.audit import AuditFailed, audit, quarantine, require_valid, sound_part
from harness.labs.report_files import generated, write_report
from harness.report.lineup import lineup_of
from harness.report.markdown import render_tables
from harness.report.row import Row
from harness.results.records import RECORDS, TrialRecord
from harness.results.result import Result, ResultError, read_result

Content = dict[str, Any]
SYSTEMS = ("floor", "tool", "shelf")
ODD = (float("nan"), -5, 1e300, 10**400, 10**18, "yesterday", "", None, True, [], {}, 0, "\udcff")
"""Values that a driver, a clock or a person may leave in a field."""


@dataclass(frozen=True)
class Mishap:
    """A benchmark with mishaps: the rest of its file, and its untouched rounds."""

    odd: Odd
    lines: int
    torn: bool
    ended: bool
    edits: tuple[tuple[int, str, object], ...]


@st.composite
def mishaps(draw: st.DrawFn) -> Mishap:
    rounds = [f"lap{lap}-{name}-defaults" for lap in (1, 2) for name in SYSTEMS]
    fates = st.sampled_from(["well", "well", "fails", "is interrupted"])
    came_to = {name: draw(fates) for name in rounds}
    outcomes = {
        f"{name}-0{n}-{scenario}": draw(st.sampled_from(["valid", "hung", "invalid"]))
        for name in draw(st.lists(st.sampled_from(rounds), max_size=2))
        for n, scenario in ((1, "etl"), (2, "noop"))
    }
    names = st.sampled_from(
        [*TrialRecord.model_fields, "ready_s", "install_s", "sloc", "size_bytes", "failure", "rest_s"]
    )
    return Mishap(
        Odd(
            outcomes,
            interrupted=tuple(name for name, fate in came_to.items() if fate == "is interrupted"),
            failed=tuple(name for name, fate in came_to.items() if fate == "fails"),
        ),
        lines=draw(st.integers(0, 70)),
        torn=draw(st.booleans()),
        ended=draw(st.booleans()),
        edits=tuple(draw(st.lists(st.tuples(st.integers(0, 69), names, st.sampled_from(ODD)), max_size=3))),
    )


def play(folder: Path, mishap: Mishap) -> tuple[Result, set[str], list[Content]]:
    """Write a benchmark with a mishap. Return it with the affected rounds and its honest records."""
    write_benchmark(folder, *SYSTEMS, laps=2, odd=mishap.odd)
    if not mishap.ended:
        edit_environment(folder, lambda content: content.pop("ended_s"))
    touched: set[str] = set()
    honest: list[Content] = []

    def edit(records: list[Content]) -> None:
        del records[mishap.lines :]
        honest.extend(json.loads(json.dumps(records)))
        for index, name, value in mishap.edits:
            if index < len(records) and name in records[index]:
                touched.add(records[index].get("round", ""))
                records[index][name] = value

    edit_records(folder, edit)
    if mishap.torn:
        with (folder / RECORDS).open("ab") as file:
            file.write(b'{"kind":"trial","at_s":17')
    return read_result(folder), touched, honest


def row_of(result: Result, name: str) -> Row | None:
    return next((each for each in lineup_of(result).rows if each.system.name == name), None)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("played")


@settings(max_examples=60, deadline=None)
@given(mishap=mishaps())
def test_the_table_of_a_truncated_and_damaged_result_has_everything_that_is_valid(
    room: Callable[[], Path], mishap: Mishap
) -> None:
    result, touched, honest = play(room(), mishap)
    faults = audit(result)
    assert mishap.edits or text(faults) == "" or mishap.torn or mishap.ended, text(faults)
    sound = quarantine(result, faults)
    table = render_tables(lineup_of(sound))
    for name in SYSTEMS:
        valid = [
            each
            for each in honest
            if each["kind"] == "trial" and each["orchestrator"] == name and each["outcome"] == "valid"
        ]
        untouched = {each["trial"] for each in valid if each["round"] not in touched}
        shown = row_of(sound, name)
        counted = {each.trial for each in shown.trials if each.outcome == "valid"} if shown else set()
        assert untouched <= counted, text(faults)
        if shown and shown.trials:
            assert f"| {len(counted)} of {len(shown.trials)}" in table


@settings(max_examples=8, deadline=None)
@given(mishap=mishaps())
def test_every_file_can_be_made_of_it(room: Callable[[], Path], mishap: Mishap) -> None:
    result, _, _ = play(room(), mishap)
    assert all(content for _, content in generated(sound_part(result)))


# Each level, by its smallest example


def whole(folder: Path, edit: Callable[[list[Content]], object], **told: Any) -> tuple[Result, str]:
    write_benchmark(folder, **told)
    edit_records(folder, edit)
    return read_result(folder), report(folder)


def report(folder: Path) -> str:
    """Write a report and return its first file, without the escapes of markup."""
    return write_report(read_result(folder)).read_text().replace("\\", "")


def trials(records: list[Content], system: str = "tool") -> list[Content]:
    return [each for each in records if each["kind"] == "trial" and each["orchestrator"] == system]


def test_only_the_trial_that_breaks_a_rule_is_left_out(tmp_path: Path) -> None:
    result, table = whole(tmp_path, lambda records: trials(records)[2].update(cpu_s=1e6))
    assert "Tool defaults, lap1-tool-defaults-03-etl: error: it fails the audit: cpu_s is 1e+06" in table
    assert "| 5 of 6 |" in table
    assert "| 6 of 6 |" in table, "the baseline lost nothing"
    assert "cpu_s is 1e+06" in text(audit(result))
    with pytest.raises(AuditFailed):
        require_valid(result)


def test_a_trial_with_an_impossible_number_is_counted_as_not_valid(tmp_path: Path) -> None:
    _, table = whole(tmp_path, lambda records: trials(records)[2].update(finished_ns=-5, cpu_s=float("nan")))
    assert "lap1-tool-defaults-03-etl: error: it fails the audit: " in table
    assert "| 5 of 6 |" in table


def test_an_invalid_line_is_reported_and_not_counted(tmp_path: Path) -> None:
    _, table = whole(tmp_path, lambda records: trials(records)[2].update(outcome="fine"))
    assert "- not counted: records.jsonl, line 18: trial.outcome: Input should be" in table
    assert "- not counted: records.jsonl, line 22 (round lap1-tool-defaults): trial lap1-tool-defaults-03-etl" in table
    assert "5 of 5" in table


def test_a_round_that_breaks_a_rule_is_left_out_as_a_whole(tmp_path: Path) -> None:
    def swap(records: list[Content]) -> None:
        one, other = (records.index(each) for each in trials(records)[1:3])
        records[one], records[other] = records[other], records[one]

    _, table = whole(tmp_path, swap)
    assert "the trials of its round are not in the plan's order" in table
    assert "| 0 of 6; failed: it fails the audit: " in table
    assert "| 6 of 6 |" in table


def test_the_first_success_of_a_round_is_not_that_of_a_trial_that_is_left_out(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    edit_records(tmp_path, lambda records: trials(records)[0].update(cpu_s=1e6))
    sound = sound_part(read_result(tmp_path))
    assert {each.orchestrator: each.first_success_s for each in sound.records if each.kind == "round"}["tool"] is None


def test_an_environment_with_an_impossible_value_is_not_read(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    edit_environment(tmp_path, lambda content: content["systems"][1].update(version=""))
    with pytest.raises(ResultError, match=r"systems\.1\.version: String should have at least 1 character"):
        report(tmp_path)


def test_a_tool_without_a_successful_round_costs_no_other(tmp_path: Path) -> None:
    """Its install and its unit test come after its first successful round, which does not exist."""
    result, table = whole(
        tmp_path,
        lambda records: [
            records.remove(each)
            for each in [*records]
            if each["kind"] in ("setup", "unit_test") and each["orchestrator"] == "tool"
        ],
        odd=Odd(failed=("lap1-tool-defaults",)),
    )
    assert text(audit(result)) == ""
    assert "| 6 of 6 |" in table
    assert "2 of 2; failed: its container ended during a trial" in table


def test_one_odd_stamp_is_one_odd_record(tmp_path: Path) -> None:
    _, table = whole(tmp_path, lambda records: records[3].update(at_s=1_900_000_000.0))
    assert "- not counted: records.jsonl, line 4 (unit_test of floor defaults): it was made after" in table
    assert table.count("| 6 of 6 | 0 |") == 2


def test_code_without_a_category_has_no_lines_of_code(tmp_path: Path) -> None:
    def leave_out(records: list[Content]) -> None:
        for each in records:
            each.get("sloc", {}).pop("config", None)

    _, table = whole(tmp_path, leave_out)
    assert table.count("| 6 of 6 | 0 |") == 2


def test_only_the_crash_trial_that_breaks_a_rule_is_left_out(tmp_path: Path) -> None:
    write_crash_lap(tmp_path, "floor", "tool")
    edit_records(
        tmp_path,
        lambda records: next(
            each for each in records if each["kind"] == "crash" and each["orchestrator"] == "tool"
        ).update(overlap_s=9.0),
    )
    told = report(tmp_path)
    assert "Error: it fails the audit: overlap_s is 9, but its events give 0" in told
    assert "✓" in told


@pytest.mark.parametrize("change", [b"valid", b"300000000", b"floor"])
def test_changed_bytes_invalidate_the_whole_result(tmp_path: Path, change: bytes) -> None:
    write_benchmark(tmp_path)
    records = tmp_path / RECORDS
    content = records.read_bytes()
    assert change in content
    records.write_bytes(content.replace(change, b"%d" % len(change), 1))
    with pytest.raises(AuditFailed, match="so orchbench does not use it"):
        sound_part(read_result(tmp_path))
