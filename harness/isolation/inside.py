"""Inspects and changes a stack's processes from inside, as their user, with only the standard library.

`inside.py ROOT CPUS FUNCTION ARGUMENTS` calls a function of this module. ROOT is the common ancestor of all processes
of the stack, and CPUS are the allowed CPUs (empty for all). ARGUMENTS are JSON: a list and an object. It prints the
function's result as one line of JSON. A failure prints one line on standard error, with exit code 1.
"""

import json
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
ROOT = 1
"""The process that all of the stack's descend from."""
FILLING = "filling"
LARGEST_DISK_BYTES = 4 << 30
"""The largest disk to fill. A larger one would also belong to others."""
_LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp."""


def living(pids: list[int]) -> dict[str, tuple[float, str]]:
    """Return each living process's start in seconds since the boot, and its state: a letter, such as T for stopped."""
    found = {}
    for pid in pids:
        with suppress(OSError):
            fields = _stat(pid)
            if fields[0] not in ("Z", "X"):
                found[str(pid)] = int(fields[19]) / os.sysconf("SC_CLK_TCK"), fields[0]
    return found


def send(name: str, pids: list[int]) -> list[int]:
    """Send a signal to processes. Return those that it reached."""
    reached = []
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.Signals[name])
            reached.append(pid)
    return reached


def program(name: str) -> int:
    """Return the process that supervisord started for a program of the stack."""
    wanted = f"SUPERVISOR_PROCESS_NAME={name}".encode()
    for pid in _family():
        with suppress(OSError):
            named = pid != ROOT and wanted in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
            if named and b"supervisord" in (PROC / str(parent(pid)) / "cmdline").read_bytes():
                return pid
    sys.exit(f"supervisord runs no program {name!r}")


def parent(pid: int) -> int:
    """Return a process's parent."""
    return int(_stat(pid)[1])


def listening() -> list[tuple[str, int]]:
    """Return the addresses (TCP) at which the stack's processes listen."""
    sockets = {status.st_ino for _, status in _open_files() if stat.S_ISSOCK(status.st_mode)}
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[9]) in sockets:
                    found.add(_address(fields[1]))
    return sorted(found)


def owners() -> list[int]:
    """Return the users that the stack's processes run as, by number."""
    return sorted({(PROC / str(pid)).stat().st_uid for pid in _family()})


def writing(folders: list[str]) -> list[str]:
    """Return files that the stack's processes have open for writing, none below these folders."""
    found = set()
    for fd, status in _open_files():
        with suppress(OSError):
            flags = int((fd.parents[1] / "fdinfo" / fd.name).read_text().split()[3], 8)
            if flags & (os.O_WRONLY | os.O_RDWR) and stat.S_ISREG(status.st_mode):
                found.add(str(fd.readlink()))
    # A file that has no name any more lies nowhere.
    return sorted(path for path in found if not path.endswith(" (deleted)") and not _below(path, folders))


def fresh(since_s: float, place: str, folders: list[str]) -> list[str]:
    """Return files of this user below a place that were changed since then (Unix), none below these folders."""
    found = []
    for folder, names, files in os.walk(place):
        names[:] = [name for name in names if not _below(os.path.join(folder, name), folders)]  # noqa: PTH118
        for path in (Path(folder, name) for name in files):
            with suppress(OSError):
                status = path.lstat()
                if status.st_uid == os.geteuid() and status.st_mtime >= since_s:
                    found.append(str(path))
    return sorted(path for path in found if not _below(path, folders))


def busy(count: int, seconds: float) -> list[int]:
    """Start background processes that each keep a CPU busy for a while. Return them."""
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            os.setsid()
            with Path(os.devnull).open("r+b") as nowhere:
                for stream in (0, 1, 2):
                    os.dup2(nowhere.fileno(), stream)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pass
            os._exit(0)
        pids.append(pid)
    return pids


def fill() -> int:
    """Fill the disk of the state. Return the number of bytes written."""
    state = os.environ["ORCHBENCH_STATE"]
    disk = os.statvfs(state)
    if disk.f_frsize * disk.f_blocks > LARGEST_DISK_BYTES:
        sys.exit(f"{state} is not on a separate disk")
    written = 0
    with (Path(state) / FILLING).open("ab", buffering=0) as file:
        for block in (bytes(1 << 20), bytes(1 << 12)):
            with suppress(OSError):
                while True:
                    written += file.write(block)
    return written


def free() -> int:
    """Remove the file that fills the disk. Return its size in bytes."""
    filling = Path(os.environ["ORCHBENCH_STATE"]) / FILLING
    size = filling.stat().st_size
    filling.unlink()
    return size


def _family() -> list[int]:
    """Return the stack's processes, as far as they live: the root and all that descend from it."""
    family = []
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                above = [int(folder.name)]
                while above[-1] not in (0, ROOT):
                    above.append(parent(above[-1]))
                if above[-1] == ROOT:
                    family.append(above[0])
    return family


def _open_files() -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the descriptors of the stack's processes, each with the status of its file."""
    for pid in _family():
        with suppress(OSError):
            for fd in (PROC / str(pid) / "fd").iterdir():
                with suppress(OSError):
                    yield fd, fd.stat()


def _address(written: str) -> tuple[str, int]:
    """Read an address as /proc/net/tcp has it: words of four bytes in this machine's order, and the port."""
    host, _, port = written.partition(":")
    words = [int(host[place : place + 8], 16).to_bytes(4, sys.byteorder) for place in range(0, len(host), 8)]
    kind = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(kind, b"".join(words)), int(port, 16)


def _below(path: str, folders: list[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third (the state) on, because the command can be any bytes."""
    return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()


if __name__ == "__main__":
    _, root, cpus, name, given = sys.argv
    ROOT = int(root)
    if cpus:
        os.sched_setaffinity(0, map(int, cpus.split(",")))
    arguments, options = json.loads(given)
    try:
        print(json.dumps(globals()[name](*arguments, **options)))
    except (OSError, ValueError) as error:
        sys.exit(str(error))
