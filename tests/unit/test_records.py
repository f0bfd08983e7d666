"""The store: whole lines or nothing, and clear words for a broken one."""

from pathlib import Path

import pytest

from harness.records import RECORDS, RecordError, RoundRecord, Store, read_records

GENESIS = "0" * 64


def a_round(number: int = 1) -> RoundRecord:
    return RoundRecord(
        at_s=1.0,
        orchestrator="sample",
        profile="defaults",
        cpus=2,
        memory_bytes=1,
        lap=number,
        round=f"lap{number}",
        ready_s=1.5,
        first_success_s=None,
        idle_rss_bytes=None,
        idle_cpu_cores=None,
        rest_s=30,
        duration_s=2.0,
    )


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    store = Store(tmp_path, GENESIS)
    store.append(a_round(1))
    store.append(a_round(2))
    assert read_records(tmp_path) == [a_round(1), a_round(2)]


def test_a_line_cut_by_a_crash_is_left_out_and_cut_before_the_next(tmp_path: Path) -> None:
    Store(tmp_path, GENESIS).append(a_round(1))
    path = tmp_path / RECORDS
    with path.open("a") as file:
        file.write('{"kind": "rou')
    assert read_records(tmp_path) == [a_round(1)]
    Store(tmp_path, GENESIS).append(a_round(2))
    assert read_records(tmp_path) == [a_round(1), a_round(2)]


def test_a_malformed_line_is_named(tmp_path: Path) -> None:
    Store(tmp_path, GENESIS).append(a_round())
    path = tmp_path / RECORDS
    path.write_text(path.read_text() + '{"kind": "round"}\n')
    with pytest.raises(RecordError, match=r"records\.jsonl, line 2: .*"):
        read_records(tmp_path)


def test_a_folder_without_records_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="orchbench bench"):
        read_records(tmp_path)


def test_a_full_disk_keeps_every_whole_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, GENESIS)
    store.append(a_round(1))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.records.os.fsync", full)
    with pytest.raises(RecordError, match=r"No space left on device.*orchbench bench --resume"):
        store.append(a_round(2))
    assert read_records(tmp_path) == [a_round(1)]
