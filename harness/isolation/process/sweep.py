"""Ending what earlier rounds left behind: their own processes and shared memory, and nothing else on the machine."""

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from harness.isolation.process.ground import Ground
from harness.isolation.process.groups import remove_groups
from harness.isolation.process.notes import Notes, find_rounds
from harness.isolation.process.user import User

_KILL_LIMIT_S = 10
_IPC_RMID = 0


def remove_dead_rounds(ground: Ground) -> int:
    """End and remove every round whose harness no longer runs; return how many things were left of them."""
    left = [folder for folder in find_rounds(ground.rounds) if Notes.of(folder).abandoned()]
    return sum(1 + end_round(folder, ground.user) for folder in left)


def end_round(folder: Path, user: User) -> int:
    """Kill every process of a round, free its shared memory and remove its folder; return how many were killed.

    They are those that were noted down, with their descendants, those in its control groups, and those that work in
    its folder, live in it or hold a file of it open: when a keeper itself was killed, its children went elsewhere.
    """
    killed = 0
    keepers = [psutil.Process(noted.pid) for noted in Notes.of(folder).read()[1:] if noted.alive()]
    tree = [process for keeper in keepers for process in [keeper, *_children(keeper)]]
    killed += _kill(tree)
    killed += remove_groups(f"orchbench-{folder.name}-*")
    while strays := list(_strays(folder, user)):
        killed += _kill(strays)
    for pid_file in folder.glob("postgres-*/postmaster.pid"):
        _free_shared_memory(pid_file)
    shutil.rmtree(folder, ignore_errors=True)
    Notes.of(folder).path.unlink(missing_ok=True)
    return killed


def _children(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _kill(processes: list[psutil.Process]) -> int:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    gone, alive = psutil.wait_procs(processes, timeout=_KILL_LIMIT_S)
    return len(gone) + len(alive)


def _strays(folder: Path, user: User) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            ours = process.uids().real == user.uid and process.pid != os.getpid()
            if ours and process.status() != psutil.STATUS_ZOMBIE and _lives_in(process, folder):
                yield process


def _lives_in(process: psutil.Process, folder: Path) -> bool:
    """Whether a process works in a folder, has it as its home, or holds a file of it open."""
    if Path(process.cwd()).is_relative_to(folder):
        return True
    if Path(process.environ().get("HOME", "/")).is_relative_to(folder):
        return True
    return any(Path(file.path).is_relative_to(folder) for file in process.open_files())


def _free_shared_memory(pid_file: Path) -> None:
    """Free the segment that a killed PostgreSQL leaks: the last number of its pid file's seventh line (its own id)."""
    lines = pid_file.read_text().splitlines()
    if len(lines) > 6 and len(numbers := lines[6].split()) == 2:
        ctypes.CDLL(None).shmctl(int(numbers[1]), _IPC_RMID, None)
