"""One harness at a time on a machine: two would disturb each other's numbers and clean up each other's stacks."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import HarnessError

LOCK = Path(tempfile.gettempdir()) / "orchbench.lock"


class Busy(HarnessError):
    """Another harness is at work on this machine."""


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the machine's lock; the kernel lets go of it however the process ends.

    Raises `Busy` with the holder's process id.
    """
    try:
        with FileLock(LOCK, blocking=False, mode=0o666, on_acquired=_sign):
            yield
    except Timeout as error:
        holder = LOCK.read_text().strip() or "unknown"
        raise Busy(f"another orchbench is at work (process {holder}); wait for it, or stop it") from error


def _sign(descriptor: int) -> None:
    """Write into the held file who holds it."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
