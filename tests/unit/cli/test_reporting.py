"""Reports of a running benchmark: a failure is reported with the command that creates the report."""

import os
import signal
from pathlib import Path

import pytest
from benchmarks import edit_records, write_benchmark

from harness.cli import reporting
from harness.cli.reporting import report_apart, table_apart
from harness.report.markdown import TABLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_benchmark(tmp_path / "result", ended=False)
    return tmp_path / "result"


def killed(_folder: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def with_a_bug(_folder: Path) -> None:
    raise ZeroDivisionError("a bug")


def test_a_table_of_valid_records(folder: Path) -> None:
    edit_records(folder, lambda records: records[8].update(cpu_s=1e6))
    interim = table_apart(folder)
    assert (interim.fault, len(interim.cells)) == ("", 1)
    assert (folder / TABLE).exists()


@pytest.mark.parametrize(
    ("made", "words"), [(killed, "was killed (SIGKILL), possibly because"), (with_a_bug, "ZeroDivisionError: a bug")]
)
def test_a_table_that_cannot_be_written_is_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, made: object, words: str
) -> None:
    monkeypatch.setattr(reporting, "_write_table", made)
    interim = table_apart(folder)
    assert words in interim.fault
    assert interim.fault.endswith(f"To create it: orchbench report {folder}")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("kill -9 $$", "the report process was killed (SIGKILL)"),
        ("kill -15 $$", "the report process was ended by SIGTERM"),
        ("exit 3", "the report failed with exit code 3"),
        ("exit 0", ""),
    ],
)
def test_a_report_whose_process_exits_is_reported(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, words: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{line}\n")
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    told = report_apart(folder)
    assert told.startswith(words)
    assert bool(told) == bool(words)
