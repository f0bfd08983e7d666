"""One harness at a time on a machine: two would disturb each other's numbers and clean up each other's stacks."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = Path(tempfile.gettempdir()) / "orchbench.lock"


class Busy(Exception):
    """Another harness is at work on this machine."""


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the machine's lock; the kernel lets go of it however the process ends.

    Raises `Busy` with the holder's process id.
    """
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read().strip() or "unknown"
            raise Busy(f"another orchbench is at work (process {holder}); wait for it, or stop it") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
