"""The store writes complete lines or nothing, and explains a broken one."""

from pathlib import Path

import pytest

from harness.results.records import RECORDS, RecordError, RoundRecord, parse
from harness.results.store import Store

GENESIS = "0" * 64


def a_round(number: int = 1) -> RoundRecord:
    return RoundRecord(
        at_s=1.0,
        orchestrator="sample",
        profile="defaults",
        lap=number,
        round=f"lap{number}",
        round_number=number,
        round_try=1,
        ready_s=1.5,
        first_success_s=None,
        idle_rss_bytes=None,
        idle_cpu_cores=None,
        rest_s=30,
        duration_s=2.0,
    )


def read_records(folder: Path) -> list[object]:
    """Return the content of every complete line."""
    return [parse(line) for line in (folder / RECORDS).read_bytes().split(b"\n")[:-1]]


def test_appended_records_can_be_read(tmp_path: Path) -> None:
    store = Store(tmp_path, GENESIS)
    store.append(a_round(1))
    store.append(a_round(2))
    assert read_records(tmp_path) == [a_round(1), a_round(2)]


def test_a_truncated_line_is_ignored_and_removed_before_the_next(tmp_path: Path) -> None:
    Store(tmp_path, GENESIS).append(a_round(1))
    path = tmp_path / RECORDS
    with path.open("a") as file:
        file.write('{"kind": "rou')
    assert read_records(tmp_path) == [a_round(1)]
    Store(tmp_path, GENESIS).append(a_round(2))
    assert read_records(tmp_path) == [a_round(1), a_round(2)]


def test_a_full_disk_keeps_every_complete_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, GENESIS)
    store.append(a_round(1))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.results.store.os.fsync", full)
    with pytest.raises(RecordError, match=r"No space left on device") as raised:
        store.append(a_round(2))
    assert raised.value.remedy == "orchbench bench --resume"
    assert read_records(tmp_path) == [a_round(1)]


def test_a_clock_that_is_set_back_breaks_no_order(tmp_path: Path) -> None:
    store = Store(tmp_path, GENESIS)
    for at_s in (100.0, 40.0, 101.0):
        store.append(a_round().model_copy(update={"at_s": at_s}))
    assert [record.at_s for record in read_records(tmp_path)] == [100.0, 100.0, 101.0]
    assert Store(tmp_path, GENESIS).latest_s == 101.0


def test_nothing_is_appended_to_a_last_record_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / RECORDS).write_text("{}\n")
    with pytest.raises(RecordError, match="the last record is unreadable"):
        Store(tmp_path, GENESIS)


def test_a_clock_that_is_set_back_before_the_first_record_breaks_no_order(tmp_path: Path) -> None:
    Store(tmp_path, GENESIS, began_s=100.0).append(a_round().model_copy(update={"at_s": 40.0}))
    assert [record.at_s for record in read_records(tmp_path)] == [100.0]
