"""Work in a process of its own: what it takes in memory goes with it, and does not stay with the harness."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from typing import ParamSpec, TypeVar

from harness.signals import ENDING, handle

_PR_SET_PDEATHSIG = 1

P = ParamSpec("P")
T = TypeVar("T")


def apart() -> ProcessPoolExecutor:
    """Return one process to submit work to. It is spawned: a fork would copy the harness with its open connections."""
    with deaf_at_first():
        beside = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_settle, initargs=(os.getpid(),))
        # Only the first call starts the process.
        beside.submit(_nothing)
    return beside


def call_apart(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a process of its own, and return or raise what it does."""
    with apart() as beside:
        return beside.submit(function, *arguments, **options).result()


@contextmanager
def deaf_at_first() -> Iterator[None]:
    """Start processes in here: what asks all of a terminal to end is kept from them until they can hear it.

    While a Python starts, it would answer Ctrl-C with a traceback. This process hears afterwards what came meanwhile.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        # The tracker starts along with the first process and must not hear a terminal's end; this unblocks Ctrl-C here.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settle(parent: int) -> None:
    """Let this process end with its parent, and without a word or a core file when it is asked to end."""
    end_with_parent(parent)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    handle(signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _nothing() -> None:
    """Be called."""


def end_with_parent(parent: int) -> None:
    """Let the kernel end this process when its parent is killed, which tells a pool's worker nothing (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
