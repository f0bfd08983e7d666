"""Ends leftovers of earlier rounds: their processes and shared memory, and nothing else on the machine."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from harness import untrusted
from harness.isolation.process.groups import remove_groups
from harness.isolation.process.tree import tree
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.user import User
from harness.provision.run_folders import Notes, abandoned, remove_run_folder

_KILL_LIMIT_S = 10
_IPC_RMID = 0
_PID_FILE_BYTES = 4096
_SEGMENTS = Path("/proc/sysvipc/shm")
"""Every segment of this machine, one a line (proc(5))."""


def remove_dead_rounds(paths: ProcessPaths) -> int:
    """End and remove every round whose harness no longer runs. Return the number of leftovers."""
    return sum(1 + end_round(folder, paths.user) for folder in abandoned(paths.rounds))


def end_round(folder: Path, user: User) -> int:
    """Kill every process of a round, free its shared memory and remove its folder. Return the number of kills.

    A killed supervisor's children have other parents, so processes that use its folder are among them.
    """
    noted = [each.pid for each in Notes.of(folder).read()[1:] if each.alive()]
    killed = _kill([process for pid in noted for process in tree(pid)])
    killed += remove_groups(f"orchbench-{folder.name}-*")
    while strays := list(_strays(folder, user)):
        killed += _kill(strays)
    for pid_file in folder.glob("postgres-*/postmaster.pid"):
        _free_shared_memory(pid_file, user)
    remove_run_folder(folder)
    return killed


def _kill(processes: list[psutil.Process]) -> int:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=_KILL_LIMIT_S)
    return len(processes)


def _strays(folder: Path, user: User) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            ours = process.uids().real == user.uid and process.pid != os.getpid()
            lives = ours and process.status() != psutil.STATUS_ZOMBIE
            if lives and any(Path(place).is_relative_to(folder) for place in _places(process)):
                yield process


def _places(process: psutil.Process) -> Iterator[str]:
    """Yield where a process works, its home, and the files that it holds open."""
    yield process.cwd()
    yield process.environ().get("HOME", "/")
    yield from (file.path for file in process.open_files())


def _free_shared_memory(pid_file: Path, user: User) -> None:
    """Free the segment that a killed PostgreSQL leaks. The seventh line of its pid file has its key and id.

    The serving user owns the file, so a segment of another user or a segment in use is kept.
    """
    try:
        lines = untrusted.read(pid_file, _PID_FILE_BYTES).split(b"\n")
    except (OSError, untrusted.OddFile):
        return
    named = lines[6].split() if len(lines) > 6 else []
    for line in _SEGMENTS.read_bytes().splitlines()[1:]:
        key, segment, _mode, _size, _creator, _last, attached, owner, _group, maker, *_ = line.split()
        if named == [key, segment] and owner == maker == b"%d" % user.uid and attached == b"0":
            ctypes.CDLL(None).shmctl(int(segment), _IPC_RMID, None)
