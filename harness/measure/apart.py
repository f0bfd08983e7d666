"""A call in a process of its own: what kills that, such as a file that a stack wrote, does not end the harness."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, ParamSpec, TypeVar

from harness.errors import Failure, HarnessError
from harness.signals import ENDING, handle

_PR_SET_PDEATHSIG = 1
_CALL_LIMIT_S = 600.0
_REAP_LIMIT_S = 5.0

P = ParamSpec("P")
T = TypeVar("T")


class KilledApart(Failure):
    """The process apart was killed, as by the kernel for want of memory, or it had to be: it took too long."""


def call_apart(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a process of its own, and return what it does. Raises as what `beside` yields does."""
    with beside(partial(function, *arguments, **options)) as result:
        return result(_CALL_LIMIT_S)


@contextmanager
def beside(call: Callable[[], T]) -> Iterator[Callable[[float], T]]:
    """Start a call in a process of its own; yield what waits for its result, for so many seconds at most.

    That raises `KilledApart`, and `Failure` in the words of the error where the call failed, or died of what it did.
    """
    process, heard = spawned(_work, call)
    try:
        yield partial(_result, process, heard)
    finally:
        process.kill()
        process.join()
        heard.close()


def spawned(target: Callable[..., None], *arguments: object) -> tuple[SpawnProcess, Connection]:
    """Start a process, and return it with the end of the pipe that it is heard through.

    `target` is called with the pipe's other end first. The process ends with this one. It is spawned: a fork would copy
    the harness with its open connections.
    """
    context = get_context("spawn")
    heard, tells = context.Pipe(duplex=False)
    process = context.Process(target=_begin, args=(os.getpid(), target, tells, *arguments))
    with _deaf_at_first():
        process.start()
    tells.close()
    return process, heard


def ended_by(number: int) -> str:
    """Say which signal ended a process, and who may have sent it."""
    if number == signal.SIGKILL:
        return "killed (SIGKILL), as the kernel does when memory runs out: see dmesg"
    try:
        return f"ended by {signal.Signals(number).name}"
    except ValueError:
        return "ended early"


def end_with_parent(parent: int) -> None:
    """Let the kernel end this process when its parent is killed (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def _result(process: SpawnProcess, heard: Connection, limit_s: float) -> Any:
    if not heard.poll(limit_s):
        raise KilledApart(f"a process of the harness's own did not end in {limit_s:g} s")
    try:
        succeeded, told = heard.recv()
    except EOFError:
        process.join(_REAP_LIMIT_S)
        kind = KilledApart if process.exitcode in (-signal.SIGKILL, -signal.SIGTERM) else Failure
        raise kind(f"a process of the harness's own was {ended_by(-(process.exitcode or 0))}") from None
    if not succeeded:
        raise Failure(told)
    return told


@contextmanager
def _deaf_at_first() -> Iterator[None]:
    """Start a process in here: what asks all of a terminal to end is kept from it until it can hear it.

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


def _begin(parent: int, target: Callable[..., None], *arguments: object) -> None:
    end_with_parent(parent)
    target(*arguments)


def _work(tells: Connection, call: Callable[[], object]) -> None:
    """Make a call in this process, which ends without a word or a core file when it is asked to."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    handle(signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    try:
        told = True, call()
    except BaseException as error:
        # A library's panic is one, too.
        told = False, str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
    tells.send(told)
