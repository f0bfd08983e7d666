"""Reports of a running benchmark: a failure is reported with the command that creates the report."""

import os
import signal
from pathlib import Path

import pytest
from benchmarks import edit_records, write_benchmark

from harness.labs import report_files
from harness.labs.report_files import interim_table
from harness.report.markdown import TABLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_benchmark(tmp_path / "result", ended=False)
    return tmp_path / "result"


def killed(_folder: Path, _width: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def with_a_bug(_folder: Path, _width: int) -> None:
    raise ZeroDivisionError("a bug")


def test_a_table_of_valid_records(folder: Path) -> None:
    edit_records(folder, lambda records: records[8].update(cpu_s=1e6))
    lines, fault = interim_table(folder, 100)
    assert (fault, len(lines.rows)) == ("", 1)
    assert (folder / TABLE).exists()


@pytest.mark.parametrize(
    ("made", "words"), [(killed, "was killed (SIGKILL), possibly because"), (with_a_bug, "ZeroDivisionError: a bug")]
)
def test_a_table_that_cannot_be_written_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, made: object, words: str
) -> None:
    monkeypatch.setattr(report_files, "_write_table", made)
    _, fault = interim_table(folder, 100)
    assert words in fault
    assert fault.endswith(f"To create it: orchbench report {folder}")
