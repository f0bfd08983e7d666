"""Looks at and acts on a stack's own processes, from among them; run as their user with the standard library alone.

`inside.py ROOT COMMAND ARGUMENT…`, where ROOT is the process that all of the stack's descend from; it prints one line
of JSON. What cannot be done is one line on standard error, and exit code 1.

`living PID…` tells of those that live when each was started, in seconds since the boot, and its state.
`signal NAME PID…` sends a signal. `program NAME` finds what supervisord runs under that name, and `parent PID` a
process's parent.
`listening` tells at which addresses they listen (TCP), and `owners` the users that they run as, by number. `writing
FOLDER…` tells which files they have open for writing outside of folders, `fresh SECONDS PLACE FOLDER…` which files of
their user below a place were changed since a time (Unix), outside of folders.
`busy COUNT SECONDS [CPUS]` leaves so many processes behind that keep a CPU busy each.
`fill` fills the disk that the stack keeps its state on, and `free` empties it again; both return bytes.
"""

import json
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
FILLING = "filling"
LARGEST_DISK_BYTES = 4 << 30
"""No disk beyond this size is filled: it would be somebody else's too."""
_LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp."""


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


def listening(root: int) -> list[tuple[str, int]]:
    """Return the addresses at which `root` and its descendants listen."""
    sockets = set()
    for fd in _open_files(root):
        if stat.S_ISSOCK(_mode(fd)):
            with suppress(OSError):
                sockets.add(fd.stat().st_ino)
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[9]) in sockets:
                    found.add(_address(fields[1]))
    return sorted(found)


def owners(root: int) -> list[int]:
    """Return the users that `root` and its descendants run as."""
    return sorted({(PROC / str(pid)).stat().st_uid for pid in _family(root)})


def writing(root: int, *folders: str) -> list[str]:
    """Return files that `root` and its descendants have open for writing, none below these folders."""
    found = set()
    for fd in _open_files(root):
        with suppress(OSError):
            flags = int((fd.parents[1] / "fdinfo" / fd.name).read_text().split()[3], 8)
            if flags & (os.O_WRONLY | os.O_RDWR) and stat.S_ISREG(_mode(fd)):
                found.add(str(fd.readlink()))
    # A file that has no name any more lies nowhere.
    return sorted(path for path in found if not path.endswith(" (deleted)") and not _below(path, folders))


def fresh(since_s: str, place: str, *folders: str) -> list[str]:
    """Return files of this user below a place that were changed since then, none below these folders."""
    found = []
    for folder, names, files in os.walk(place):
        names[:] = [name for name in names if not _below(os.path.join(folder, name), folders)]  # noqa: PTH118
        for path in (Path(folder, name) for name in files):
            with suppress(OSError):
                told = path.lstat()
                if told.st_uid == os.geteuid() and told.st_mtime >= float(since_s):
                    found.append(str(path))
    return sorted(path for path in found if not _below(path, folders))


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


def _family(root: int) -> list[int]:
    """Return a process and its descendants, as far as they live."""
    found = []
    for folder in PROC.iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and (int(folder.name) == root or root in _ancestors(folder.name)):
                found.append(int(folder.name))
    return found


def _open_files(root: int) -> list[Path]:
    found: list[Path] = []
    for pid in _family(root):
        with suppress(OSError):
            found += (PROC / str(pid) / "fd").iterdir()
    return found


def _mode(fd: Path) -> int:
    try:
        return fd.stat().st_mode
    except OSError:
        return 0


def _address(told: str) -> tuple[str, int]:
    """Read an address as /proc/net/tcp has it: words of four bytes in this machine's order, and the port."""
    host, _, port = told.partition(":")
    words = [int(host[place : place + 8], 16).to_bytes(4, sys.byteorder) for place in range(0, len(host), 8)]
    kind = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(kind, b"".join(words)), int(port, 16)


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _is_supervisord(pid: int) -> bool:
    return b"supervisord" in (PROC / str(pid) / "cmdline").read_bytes()


def _stat(pid: str | int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third, the state, on: the command may be any bytes."""
    return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()


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
        "listening": lambda: listening(int(root)),
        "owners": lambda: owners(int(root)),
        "writing": lambda *folders: writing(int(root), *folders),
        "fresh": fresh,
        "busy": busy,
        "fill": lambda: fill(os.environ["ORCHBENCH_STATE"]),
        "free": lambda: free(os.environ["ORCHBENCH_STATE"]),
    }
    try:
        print(json.dumps(commands[command](*arguments)))
    except (OSError, ValueError) as error:
        sys.exit(str(error))
