"""Work in a process of its own: what it takes in memory goes with it, and does not stay with the harness."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

_PR_SET_PDEATHSIG = 1

P = ParamSpec("P")
T = TypeVar("T")


def apart() -> ProcessPoolExecutor:
    """Return one process to submit work to. It is spawned: a fork would copy the harness with its open connections."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=end_with_parent, initargs=(os.getpid(),))


def call_apart(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a process of its own, and return or raise what it does."""
    with apart() as beside:
        return beside.submit(function, *arguments, **options).result()


def end_with_parent(parent: int) -> None:
    """Let the kernel end this process when its parent is killed, which tells a pool's worker nothing (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
