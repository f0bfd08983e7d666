"""Supervises one program: it keeps track of every descendant and ends them all when the program or the harness ends.

The serving user runs it as a script, with only the standard library:
`supervisor.py HARNESS_PID CPUS STOP_SIGNAL GRACE_S COMMAND…`. It waits for a line on its standard input before it
starts the command. Until then, the harness can note its id and put it into a control group.

It is a subreaper (prctl(2)), so an orphaned descendant becomes its child. It gets SIGTERM when the thread that started
it ends, which must be set after the change of user. It ignores a terminal's signals, which the harness handles.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_AWAITED = {signal.SIGTERM, signal.SIGCHLD}
_OF_A_TERMINAL = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def main(harness: str, cpus: str, stop_signal: str, grace_s: str, *command: str) -> int:
    """Run the command to its end, then end all of its descendants. Return its exit code."""
    # Blocked, and waited for below: a signal that interrupts anything in between could leave the command unattended.
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    for number in _OF_A_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) or libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0):
        sys.exit(f"prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != int(harness):
        return 1
    if cpus:
        os.sched_setaffinity(0, {int(cpu) for cpu in cpus.split(",")})
    if not sys.stdin.readline():
        return 1
    try:
        child = os.posix_spawn(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)],
            setsigmask=(),
            setsigdef=_OF_A_TERMINAL,
            setpgroup=0,
        )
    except OSError as error:
        sys.exit(f"{command[0]}: {error}")
    code = None
    while code is None and signal.sigwait(_AWAITED) == signal.SIGCHLD:
        code = _reap(child)
    if code is None and float(grace_s):
        os.kill(child, getattr(signal, stop_signal))
        deadline = time.monotonic() + float(grace_s)
        while code is None and (left_s := deadline - time.monotonic()) > 0:
            signal.sigtimedwait({signal.SIGCHLD}, left_s)
            code = _reap(child)
    _end_all()
    return 1 if code is None else code


def _reap(child: int) -> int | None:
    """Reap ended processes. Return the command's exit code if it has ended."""
    code = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                code = os.waitstatus_to_exitcode(ended[1])
    return code


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
            # No child is left, and an orphan would have become one.
            return
        time.sleep(0.005)


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The command in parentheses can contain spaces and parentheses.
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
