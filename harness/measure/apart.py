"""Work in a process of its own: what it takes in memory goes with it, and does not stay with the harness."""

import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, resource_tracker
from typing import ParamSpec, TypeVar

from harness.errors import Failure
from harness.signals import ENDING, handle

_PR_SET_PDEATHSIG = 1
_CALL_LIMIT_S = 600.0
_REAP_LIMIT_S = 5.0

P = ParamSpec("P")
T = TypeVar("T")


class KilledApart(Failure):
    """The process apart was killed, as by the kernel for want of memory, or it had to be: it took too long."""


class Beside(ProcessPoolExecutor):
    """One process to submit work to. It is spawned: a fork would copy the harness with its open connections."""

    def __init__(self) -> None:
        others = {*active_children()}
        with deaf_at_first():
            super().__init__(1, mp_context=get_context("spawn"), initializer=_settle, initargs=(os.getpid(),))
            # Only the first call starts the process.
            self.submit(_nothing)
        (self._process,) = {*active_children()} - others

    def begin(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> "Future[T]":
        """Submit work, though the process may be gone already: that is what the work comes to."""
        try:
            return self.submit(function, *arguments, **options)
        except BrokenProcessPool as error:
            gone: Future[T] = Future()
            gone.set_exception(error)
            return gone

    def result(self, work: "Future[T]", limit_s: float) -> T:
        """Return or raise what work comes to: `BrokenProcessPool` where the process died of it.

        Raises `KilledApart` where it did not die of it.
        """
        try:
            # It returns what the work raised, so a limit of its own is not taken for this one.
            error = work.exception(limit_s)
        except TimeoutError:
            self._process.kill()
            raise KilledApart(f"a helper process of the harness did not end in {limit_s:g} s") from None
        if isinstance(error, BrokenProcessPool) and self._was_killed():
            raise KilledApart(f"a helper process of the harness was {ended_by(signal.SIGKILL)}") from error
        if error is not None:
            raise error
        return work.result()

    def _was_killed(self) -> bool:
        """Whether somebody ended the process, and it did not die of what it did."""
        # The pool's own thread waits for it, too, and of two that wait one learns late how it ended.
        deadline_s = time.monotonic() + _REAP_LIMIT_S
        while self._process.exitcode is None and time.monotonic() < deadline_s:
            time.sleep(0.01)
        return self._process.exitcode in (-signal.SIGKILL, -signal.SIGTERM)


def apart() -> Beside:
    """Return one process to submit work to."""
    return Beside()


def call_apart(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a process of its own, and return or raise what it does. Raises `KilledApart`."""
    with apart() as beside:
        return beside.result(beside.begin(function, *arguments, **options), _CALL_LIMIT_S)


def ended_by(number: int) -> str:
    """Say which signal ended a process, and who may have sent it."""
    if number == signal.SIGKILL:
        return "killed (SIGKILL), possibly because memory ran out (see dmesg)"
    try:
        return f"ended by {signal.Signals(number).name}"
    except ValueError:
        return "ended early"


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
