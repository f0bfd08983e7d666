"""Looks at and acts on a stack's own processes, from among them; run as their user with the standard library alone.

`inside.py ROOT COMMAND ARGUMENT…`, where ROOT is the process that all of the stack's descend from; it prints one line
of JSON. What cannot be done is one line on standard error, and exit code 1.

`living PID…` tells of those that live when each was started, in seconds since the boot, and its state.
`signal NAME PID…` sends a signal. `program NAME` finds what supervisord runs under that name, and `parent PID` a
process's parent.
`busy COUNT SECONDS [CPUS]` leaves so many processes behind that keep a CPU busy each.
`fill` fills the disk that the stack keeps its state on, and `free` empties it again; both return bytes.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
FILLING = "filling"
LARGEST_DISK_BYTES = 4 << 30
"""No disk beyond this size is filled: it would be somebody else's too."""


def living(*pids: str) -> dict[str, tuple[float, str]]:
    """Return the processes that live, zombies left out: when each was started, and its state, such as T for stopped."""
    return {pid: told for pid in pids if (told := _told(pid)) is not None}


def send(name: str, *pids: str) -> list[int]:
    """Send a signal to processes; return those that it reached."""
    reached = []
    for pid in map(int, pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.Signals[name])
            reached.append(pid)
    return reached


def program(root: int, name: str) -> int:
    """Return the process that supervisord started for a program, among the descendants of `root`."""
    wanted = f"SUPERVISOR_PROCESS_NAME={name}".encode()
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            if wanted not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            above = _ancestors(folder.name)
            if root in above and _is_supervisord(above[0]):
                return int(folder.name)
    sys.exit(f"supervisord runs no program {name!r}")


def parent(pid: str) -> int:
    """Return a process's parent."""
    return int(_stat(pid)[1])


def busy(count: str, seconds: str, cpus: str = "") -> list[int]:
    """Leave processes behind that are busy for a while, on these CPUs; return them."""
    if cpus:
        os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    pids = []
    for _ in range(int(count)):
        pid = os.fork()
        if pid == 0:
            os.setsid()
            with Path(os.devnull).open("r+b") as nowhere:
                for stream in (0, 1, 2):
                    os.dup2(nowhere.fileno(), stream)
            end = time.monotonic() + float(seconds)
            while time.monotonic() < end:
                pass
            os._exit(0)
        pids.append(pid)
    return pids


def fill(state: str) -> int:
    """Write until nothing fits on the disk any more; return the bytes written."""
    disk = os.statvfs(state)
    if disk.f_frsize * disk.f_blocks > LARGEST_DISK_BYTES:
        sys.exit(f"{state} lies on a disk that is not its own")
    written = 0
    with (Path(state) / FILLING).open("ab", buffering=0) as file:
        for block in (bytes(1 << 20), bytes(1 << 12)):
            with suppress(OSError):
                while True:
                    written += file.write(block)
    return written


def free(state: str) -> int:
    """Remove what filled the disk; return the bytes that it took."""
    filling = Path(state) / FILLING
    size = filling.stat().st_size
    filling.unlink()
    return size


def _told(pid: str) -> tuple[float, str] | None:
    try:
        fields = _stat(pid)
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else (int(fields[19]) / os.sysconf("SC_CLK_TCK"), fields[0])


def _is_supervisord(pid: int) -> bool:
    return b"supervisord" in (PROC / str(pid) / "cmdline").read_bytes()


def _stat(pid: str | int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third, the state, on: the command may hold spaces and brackets."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _ancestors(pid: str) -> list[int]:
    """Return a process's parent, its parent's parent, and so on."""
    above = [parent(pid)]
    while above[-1] > 1:
        above.append(parent(str(above[-1])))
    return above


if __name__ == "__main__":
    _, root, command, *arguments = sys.argv
    commands: dict[str, Callable[..., object]] = {
        "living": living,
        "signal": send,
        "program": lambda name: program(int(root), name),
        "parent": parent,
        "busy": busy,
        "fill": lambda: fill(os.environ["ORCHBENCH_STATE"]),
        "free": lambda: free(os.environ["ORCHBENCH_STATE"]),
    }
    try:
        print(json.dumps(commands[command](*arguments)))
    except (OSError, ValueError) as error:
        sys.exit(str(error))
