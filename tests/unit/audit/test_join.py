"""The audit of a joined result: every part as usual, and whether the parts are those that were joined."""

from pathlib import Path

import pytest
from benchmarks import edit_environment, edit_records, write_part

from harness.audit import AuditFailed, audit, sound_part
from harness.results.joined import read_folder, write_join
from harness.results.records import RECORDS
from harness.results.result import read_result


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    parts = [tmp_path / "one", tmp_path / "two"]
    for number, part in enumerate(parts, start=1):
        write_part(part, number)
    write_join(tmp_path / "joined", [read_result(part) for part in parts])
    return tmp_path / "joined"


def whats(folder: Path) -> list[str]:
    return [f"{fault.where}: {fault.what}" for fault in audit(read_folder(folder))]


def test_a_valid_join_passes(joined: Path) -> None:
    assert whats(joined) == []


def test_a_part_with_a_new_chain_is_not_the_joined_one(joined: Path) -> None:
    edit_environment(joined.parent / "two", lambda content: content.update(commit="f" * 40))
    environment, records = whats(joined)
    assert "join.json: its SHA-256 does not match" in environment
    assert environment.endswith("two/environment.json, so one of the two was changed")
    assert records.endswith("two/records.jsonl, so one of the two was changed")


def test_faults_of_a_part_are_reported_with_its_folder_and_invalidate_the_whole(joined: Path) -> None:
    edit_records(joined.parent / "one", lambda records: records[9].update(cpu_s=1e6))
    assert any("one/records.jsonl, line 10 (trial " in what and "cpu_s is 1e+06" in what for what in whats(joined))
    assert {fault.spoils for fault in audit(read_folder(joined))} == {None}
    with pytest.raises(AuditFailed):
        sound_part(read_folder(joined))


def test_a_changed_byte_of_a_part_is_found(joined: Path) -> None:
    path = joined.parent / "two" / RECORDS
    path.write_bytes(path.read_bytes().replace(b'"cpu_s": 0.5', b'"cpu_s": 0.6', 1))
    assert any("its link does not match" in what for what in whats(joined))


def test_parts_that_must_not_be_joined_are_found(joined: Path) -> None:
    content = (joined / "join.json").read_text()
    (joined / "join.json").write_text(content.replace("../two", "../one"))
    assert any("are the same benchmark" in what for what in whats(joined))
