"""A result's own files: made from a sound result alone, the same bytes each time."""

from pathlib import Path

import pytest
from benchmarks import write_benchmark

from harness.audit import NotSound
from harness.report.write import write_report
from harness.results.records import RECORDS
from harness.results.result import read_result


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    write_benchmark(tmp_path, laps=4)
    first = write_report(read_result(tmp_path)).read_bytes()
    (tmp_path / "table.md").unlink()
    assert write_report(read_result(tmp_path)).read_bytes() == first


def test_no_table_is_made_of_what_fails_the_audit(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    records = tmp_path / RECORDS
    records.write_bytes(records.read_bytes().replace(b'"outcome":"valid"', b'"outcome":"error"', 1))
    with pytest.raises(NotSound, match=r"(?s)does not pass the audit.*records.jsonl, line \d+") as raised:
        write_report(read_result(tmp_path))
    assert raised.value.remedy == f"orchbench audit {tmp_path}"
    assert not (tmp_path / "table.md").exists()
