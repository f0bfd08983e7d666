"""One harness at a time on a machine's checkout: two would disturb each other and clean up each other's stacks."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from harness.stack import RUNS


class Busy(Exception):
    """Another harness is at work in this checkout."""


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold the checkout's lock; the kernel lets go of it however the process ends.

    Raises `Busy` with the holder's process id.
    """
    RUNS.mkdir(exist_ok=True)
    with (RUNS / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Busy(
                f"another orchbench is at work (process {file.read().strip()}); wait for it, or stop it"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
