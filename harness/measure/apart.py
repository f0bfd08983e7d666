"""Work in a process of its own: what it takes in memory goes with it, and does not stay with the harness."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from typing import ParamSpec, TypeVar

from harness.errors import Failure

_PR_SET_PDEATHSIG = 1

P = ParamSpec("P")
T = TypeVar("T")


def apart() -> ProcessPoolExecutor:
    """Return one process to submit work to. It is spawned: a fork would copy the harness with its open connections."""
    beside = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_settle, initargs=(os.getpid(),))
    with deaf_at_first():
        # Only the first call starts the process.
        beside.submit(_nothing)
    return beside


class Killed(Failure):
    """A process that worked for this one ended without a word."""


def call_apart(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a process of its own, and return or raise what it does. Raises `Killed` where that ends."""
    with apart() as beside:
        try:
            return beside.submit(function, *arguments, **options).result()
        except BrokenProcessPool as error:
            raise Killed(f"a process of orchbench was {ended_by(signal.SIGKILL)}") from error


def ended_by(number: int) -> str:
    """Say which signal ended a process, and who may have sent it."""
    if number == signal.SIGKILL:
        return "killed (SIGKILL), as the kernel does when memory runs out: see dmesg"
    try:
        return f"ended by {signal.Signals(number).name}"
    except ValueError:
        return "ended early"


@contextmanager
def deaf_at_first() -> Iterator[None]:
    """Start processes in here: Ctrl-C, which reaches all of a terminal, is kept from them until they ask for it.

    While a Python starts, it would answer with a traceback. This process hears afterwards what came meanwhile.
    """
    # It is started along with the first process, and undoes what is blocked.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settle(parent: int) -> None:
    """Let this process end with its parent, and without a word at Ctrl-C."""
    end_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _nothing() -> None:
    """Be called."""


def end_with_parent(parent: int) -> None:
    """Let the kernel end this process when its parent is killed, which tells a pool's worker nothing (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
