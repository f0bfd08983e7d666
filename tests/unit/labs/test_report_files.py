"""A result's own files: made only from a valid result, with the same bytes each time."""

from pathlib import Path

import pytest
from benchmarks import write_benchmark
from samples import once, result, round_, trial

from harness.audit import AuditFailed
from harness.labs.report_files import generated, stale_files, write_report
from harness.report.lineup import lineup_of
from harness.report.machine_readable import TRIALS
from harness.report.page import data
from harness.report.same_rows import same_rows
from harness.results.records import RECORDS
from harness.results.result import Result, read_result


def test_no_table_is_made_of_changed_files(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    records = tmp_path / RECORDS
    records.write_bytes(records.read_bytes().replace(b'"outcome":"valid"', b'"outcome":"error"', 1))
    with pytest.raises(AuditFailed, match=r"(?s)fails the audit.*records.jsonl, line \d+") as raised:
        write_report(read_result(tmp_path))
    assert raised.value.remedy == f"orchbench audit {tmp_path}"
    assert not (tmp_path / "table.md").exists()


def test_the_same_records_give_the_same_files(tmp_path: Path) -> None:
    write_benchmark(tmp_path, laps=4)
    first = write_report(read_result(tmp_path))
    made = dict(generated(read_result(tmp_path)))
    assert dict(generated(read_result(tmp_path))) == made
    assert first.read_bytes() == made[first.name]


def test_generated_files_are_compared_with_the_records(tmp_path: Path) -> None:
    write_benchmark(tmp_path, laps=4)
    result = read_result(tmp_path)
    assert list(stale_files(result)) == [], "nothing was made yet"
    write_report(result)
    assert list(stale_files(result)) == []
    changed = ["table.md", "overhead-light.svg", "index.html", "summary.csv", "trials.parquet", "badge.json"]
    for name in changed:
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes().replace(b"1", b"2"))
    assert sorted(stale_files(result)) == sorted(changed)


def test_a_parquet_file_with_a_changed_byte_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_benchmark(tmp_path, laps=4)
    result = read_result(tmp_path)
    write_report(result)
    made = (tmp_path / TRIALS).read_bytes()
    # The last bytes describe the layout of the file, and some changes make the library panic.
    for place in range(len(made) - 40, len(made), 4):
        (tmp_path / TRIALS).write_bytes(made[:place] + bytes([made[place] ^ 0xFF]) + made[place + 1 :])
        assert not same_rows(tmp_path / TRIALS, made)
    assert list(stale_files(result)) == [TRIALS]
    assert capfd.readouterr().err == ""


NOTHING_VALID = [
    trial("floor", outcome="invalid", reason="flight: 1 duplicate key"),
    trial("tool", outcome="hung", total_ms=60_000),
    round_("floor"),
    round_("tool", failure="not ready in 9 s"),
]


@pytest.mark.parametrize(
    "odd",
    [
        result("floor", "tool", records=[]),
        result("floor", "tool", records=NOTHING_VALID),
        result("floor", records=[*once("floor"), trial("floor"), round_("floor")]),
        result("tool", records=[*once("tool"), trial("tool"), round_("tool")]),
        result("floor", "tool", records=[*once("floor"), trial("floor")], ended=False),
        result(*(f"tool{n}" for n in range(20)), records=[trial(f"tool{n}") for n in range(20)]),
    ],
    ids=["no record", "nothing valid", "the baseline alone", "no baseline", "half a lap", "twenty systems"],
)
def test_every_set_of_measurements_has_a_report(odd: Result) -> None:
    made = dict(generated(odd))
    assert all(made.values())


def test_in_a_running_benchmark_systems_without_rounds_have_no_row() -> None:
    made = dict(generated(result("floor", "tool", records=[*once("floor"), trial("floor")], ended=False)))
    assert b"Tool" not in made["table.md"].partition(b"Measured ")[0]


def test_a_page_draws_some_of_very_many_trials_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MOST_POINTS", 10)
    many = [trial("floor").model_copy(update={"trial": f"lap1-floor-{n}"}) for n in range(50)]
    shown = result("floor", records=many)
    page = data.page_data(lineup_of(shown))
    assert (len(page["trials"]), page["trials_of_all"]) == (10, 50)
    assert data.page_data(lineup_of(shown)) == page, "another page each time"
