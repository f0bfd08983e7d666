"""Run folders of stacks in containers: those of another running harness stay."""

import subprocess
from pathlib import Path

import pytest

from harness.provision import run_folders
from harness.provision.owner import process_of
from harness.provision.run_folders import Notes, make_run_folder, remove_dead_run_folders


def test_only_folders_without_a_living_harness_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folders, "RUNS", tmp_path)
    own, others, older = (make_run_folder(f"orchbench-{name}-1") for name in ("own", "others", "older"))
    Notes.of(older).path.unlink()
    with subprocess.Popen(["sleep", "60"]) as other:
        Notes.of(others).path.write_text(f"{process_of(other.pid)}\n")
        remove_dead_run_folders()
        assert [path.exists() for path in (own, others, older)] == [True, True, False]
        other.kill()
    remove_dead_run_folders()
    assert {*tmp_path.iterdir()} == {own, Notes.of(own).path}


def test_no_other_user_can_enter_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folders, "RUNS", tmp_path)
    assert make_run_folder("orchbench-own-1").stat().st_mode & 0o777 == 0o700
