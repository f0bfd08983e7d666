"""Leftovers of a killed harness are ended and removed, and nothing else is touched."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.isolation.process.sweep import remove_dead_rounds
from harness.provision.owner import Owner, process_of, this_process
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.user import User
from harness.provision.run_folders import Notes

ME = User("me", os.getuid(), os.getgid())
DEAD = replace(this_process(), pid=2**22 - 1)


@pytest.fixture
def paths(tmp_path: Path) -> ProcessPaths:
    (tmp_path / "r").mkdir()
    return ProcessPaths(ME, tmp_path, tmp_path / "r")


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(["sleep", "600"], cwd="/")
    yield process
    process.kill()
    process.wait()


def note(folder: Path, *noted: Owner) -> Path:
    folder.mkdir(exist_ok=True)
    Notes.of(folder).path.write_text("".join(f"{each}\n" for each in noted))
    return folder


def test_a_noted_process_and_its_descendants_are_ended(paths: ProcessPaths) -> None:
    shell = subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600"], cwd="/")
    time.sleep(0.2)
    children = psutil.Process(shell.pid).children(recursive=True)
    folder = note(paths.rounds / "a", DEAD, process_of(shell.pid))
    assert remove_dead_rounds(paths) > 1
    assert not psutil.pid_exists(shell.pid)
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert not folder.exists()


def test_a_process_whose_id_was_reused_is_left_alone(paths: ProcessPaths, sleeper) -> None:
    note(paths.rounds / "a", DEAD, replace(process_of(sleeper.pid), start="5"))
    remove_dead_rounds(paths)
    assert sleeper.poll() is None


def test_a_round_whose_harness_is_alive_is_left_alone(paths: ProcessPaths, sleeper) -> None:
    folder = note(paths.rounds / "a", process_of(os.getpid()), process_of(sleeper.pid))
    assert remove_dead_rounds(paths) == 0
    assert sleeper.poll() is None
    assert folder.exists()


@pytest.mark.parametrize("way", ["working folder", "home", "open file"])
def test_an_escaped_process_is_found_by_its_folder(paths: ProcessPaths, way: str) -> None:
    """As when the supervisor itself was killed: the process is not noted, and its parent is gone."""
    folder = note(paths.rounds / "a", DEAD)
    script = "import sys, time\n"
    script += f"file = open({str(folder / 'held')!r}, 'w')\n" if way == "open file" else ""
    stray = subprocess.Popen(
        [sys.executable, "-c", f"{script}time.sleep(600)"],
        cwd=folder if way == "working folder" else "/",
        env={"HOME": str(folder / "home")} if way == "home" else {},
    )
    time.sleep(0.3)
    remove_dead_rounds(paths)
    assert not psutil.pid_exists(stray.pid)


def test_a_round_that_begins_or_ends_in_another_harness_is_left_alone(paths: ProcessPaths) -> None:
    """Its notes exist before its folder, and longer."""
    folder = paths.rounds / "a"
    notes = Notes.begin(folder)
    assert remove_dead_rounds(paths) == 0
    assert notes.path.exists()
    notes.path.unlink()
    assert remove_dead_rounds(paths) == 0


def test_notes_without_a_folder_are_removed_with_their_harness(paths: ProcessPaths) -> None:
    Notes.of(paths.rounds / "a").path.write_text(f"{DEAD}\n")
    assert remove_dead_rounds(paths) == 1
    assert list(paths.rounds.iterdir()) == []


def test_a_neighbour_of_another_name_is_left_alone(paths: ProcessPaths, tmp_path: Path) -> None:
    note(paths.rounds / "a", DEAD)
    beside = paths.rounds.parent / "beside"
    beside.mkdir()
    neighbour = subprocess.Popen(["sleep", "600"], cwd=beside)
    remove_dead_rounds(paths)
    assert neighbour.poll() is None
    neighbour.kill()
    neighbour.wait()


def test_truncated_notes_are_read_to_the_last_complete_line(tmp_path: Path) -> None:
    notes = Notes.begin(tmp_path / "a")
    with notes.path.open("a") as file:
        file.write("boot/12")
    (harness,) = notes.read()
    assert harness.pid == os.getpid()
    assert harness.alive()
