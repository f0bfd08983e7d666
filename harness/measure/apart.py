"""Work in a process of its own: what it takes in memory goes with it, and does not stay with the harness."""

import ctypes
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

_PR_SET_PDEATHSIG = 1


def apart() -> ProcessPoolExecutor:
    """Return one process to submit work to. It is spawned: a fork would copy the harness with its open connections."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=end_with_parent, initargs=(os.getpid(),))


def end_with_parent(parent: int) -> None:
    """Let the kernel end this process when its parent is killed, which tells a pool's worker nothing (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
