"""The parent of one program: holds every descendant together, and ends them all when the program or the harness ends.

Run as a script by the serving user, with nothing but the standard library:
`keeper.py HARNESS_PID CPUS STOP_SIGNAL GRACE_S COMMAND…`. It waits for a line on its standard input before it starts
the command, so that the harness can note it down and put it into a control group first.

It is a subreaper (prctl(2)): a descendant whose parent dies becomes its child, so none gets away. It asks for SIGTERM
when the thread that started it dies; that must be set after the change of user, which clears it.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main(harness: str, cpus: str, stop_signal: str, grace_s: str, *command: str) -> int:
    """Run the command to its end, then end all that it left; return its exit code."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) or libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0):
        sys.exit(f"prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != int(harness):
        return 1
    if cpus:
        os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    if not sys.stdin.readline():
        return 1
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = os.posix_spawn(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)],
            setsigdef=[signal.SIGINT, signal.SIGTERM],
            setpgroup=0,
        )
    except OSError as error:
        sys.exit(f"{command[0]}: {error}")
    code = 1
    try:
        code = _wait_for(child)
    except _Stop:
        if float(grace_s):
            os.kill(child, getattr(signal, stop_signal))
            _wait_at_most(child, float(grace_s))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _end_all()
    return code


class _Stop(Exception):
    """The harness, or its death, asks for the end."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise _Stop


def _wait_for(child: int) -> int:
    """Reap whatever ends until the command has; return its exit code."""
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def _wait_at_most(child: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == child:
                return
        except ChildProcessError:
            return
        time.sleep(0.01)


def _end_all() -> None:
    """SIGKILL every descendant until there is none: each that dies hands its children to this process."""
    while True:
        for pid in _descendants():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The command in brackets may hold spaces and brackets.
                parent = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        own = children.get(waiting.pop(), [])
        found += own
        waiting += own
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
