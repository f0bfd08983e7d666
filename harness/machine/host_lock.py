"""Allows one harness at a time on a machine. Two would disturb each other's numbers and remove each other's stacks."""

import json
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import lock_descriptor

from harness.errors import HarnessError
from harness.provision.owner import Owner, this_process, user_name

VARIABLE = "ORCHBENCH_LOCK"
"""Names another lock file, so that harnesses that do not measure (such as tests) can run in parallel."""
_EVERYBODYS = "/tmp/orchbench.lock"  # noqa: S108
"""The same place for every user of a machine, whatever their `TMPDIR`. The file is never removed, because a process
that waits for a removed file waits forever."""
_PERIOD_S = 0.5
"""The polling interval of a waiting process."""
_LONGEST = 4096
"""The maximum number of bytes to read from a file that anyone can write."""


class Busy(HarnessError):
    """Another harness is running on this machine."""


class LockError(HarnessError):
    """The machine's lock file is unusable."""


def lock_file() -> Path:
    """Return where this machine's lock is."""
    return Path(os.environ.get(VARIABLE) or _EVERYBODYS)


@contextmanager
def exclusive(lock: Path | None = None, waiting: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the machine's lock, or another file's. The kernel releases it when the process ends.

    If another harness holds it, raises `Busy`, which names it. With `waiting`, reports each holder once and waits
    instead. Raises `LockError` if the file cannot be opened.
    """
    descriptor = _open(lock or lock_file())
    try:
        reported = ""
        while not lock_descriptor(descriptor, blocking=False):
            busy = f"another orchbench is running: {_holder(descriptor)}"
            if waiting is None:
                raise Busy(f"{busy}. Wait for it, or stop it")
            if busy != reported:
                waiting(busy)
                reported = busy
            time.sleep(_PERIOD_S)
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)


def _open(lock: Path) -> int:
    """Open the lock file, which any user may have created, at least for reading. This is enough to hold it.

    Creating and opening are separate, because the kernel refuses to open another user's file with O_CREAT in a shared
    folder (sysctl fs.protected_regular).
    """
    try:
        with suppress(FileExistsError):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
            os.fchmod(descriptor, 0o666)
            return descriptor
        with suppress(PermissionError):
            return os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
        return os.open(lock, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        whose, remedy = "", f"sudo chmod 1777 {lock.parent}"
        if os.path.lexists(lock):
            there = lock.lstat()
            whose = f"it belongs to {user_name(there.st_uid)}, "
            # Keep a file, because it may be in use.
            remedy = f"sudo chmod 666 {lock}" if stat.S_ISREG(there.st_mode) else f"sudo rm -r {lock}"
        why = (error.strerror or str(error)).lower()
        raise LockError(f"cannot use {lock} as this machine's lock: {whose}{why}", remedy=remedy) from error


def _sign(descriptor: int) -> None:
    """Write the holder into the held file, unless it is another user's and read-only."""
    program = Path(sys.argv[0])
    # A module that is run as a program is known by its package.
    name = program.parent.name if program.name == "__main__.py" else program.name
    with suppress(OSError):
        words = (
            f"`{_printable(' '.join([name, *sys.argv[1:]]), 200)}` in {_printable(str(Path.cwd()), 200)}, since "
            f"{time.strftime('%Y-%m-%d %H:%M')} (process {os.getpid()} of {user_name(os.geteuid())})"
        )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"owner": str(this_process()), "words": words}).encode(), 0)


def _holder(descriptor: int) -> str:
    """Return the holder of a lock, if it has signed the file. Every user can write there, so nothing is trusted."""
    # The content can be from another version or another program.
    with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        signed = json.loads(os.pread(descriptor, _LONGEST, 0))
        if Owner.parse(signed["owner"]).alive():
            return _printable(signed["words"], 600)
    return "an unknown process"


def _printable(words: str, longest: int) -> str:
    printable = "".join(each if each.isprintable() else "?" for each in words)
    return printable if len(printable) <= longest else f"{printable[: longest - 1]}…"
