"""The report at a benchmark's end is made in a process of its own, and what goes wrong there is said once."""

import sys
from pathlib import Path

import pytest
from benchmarks import write_benchmark

from harness.cli.reporting import report_apart
from harness.errors import Failure


def test_why_there_is_no_report_is_said_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_benchmark(tmp_path)
    (tmp_path / "records.jsonl").write_text("nothing\n")
    assert not report_apart(tmp_path)
    said = capfd.readouterr().err
    assert said.count("failed") + said.count("error") == 1, said


def test_a_report_is_made(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    assert report_apart(tmp_path)
    assert (tmp_path / "table.md").exists()


def test_a_process_that_is_killed_over_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = tmp_path / "python"
    killed.write_text("#!/bin/sh\nkill -KILL $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(killed))
    with pytest.raises(Failure, match="no report: its process was ended by SIGKILL") as told:
        report_apart(tmp_path)
    assert told.value.remedy.startswith("orchbench report ")
