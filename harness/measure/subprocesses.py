"""Calls in a subprocess, so that a crash (for example because of a stack's file) does not end the harness."""

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


class SubprocessKilled(Failure):
    """The subprocess was killed, for example because memory ran out, or it took too long."""


def in_subprocess(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a subprocess and return its result. Raises like the function that `beside` yields."""
    with beside(partial(function, *arguments, **options)) as result:
        return result(_CALL_LIMIT_S)


@contextmanager
def beside(call: Callable[[], T]) -> Iterator[Callable[[float], T]]:
    """Start a call in a subprocess. Yield a function that waits at most so many seconds for the result.

    That function raises `SubprocessKilled`, or `Failure` with the error's message if the call failed or crashed.
    """
    process, heard = spawned(_work, call)
    try:
        yield partial(_result, process, heard)
    finally:
        process.kill()
        process.join()
        heard.close()


def spawned(target: Callable[..., None], *arguments: object) -> tuple[SpawnProcess, Connection]:
    """Start a subprocess and return it with the receiving end of its pipe.

    `target` gets the sending end as its first argument. The subprocess ends with this process. It is spawned, because
    a fork would copy the harness with its open connections.
    """
    context = get_context("spawn")
    heard, tells = context.Pipe(duplex=False)
    process = context.Process(target=_begin, args=(os.getpid(), target, tells, *arguments))
    with _deaf_at_first():
        process.start()
    tells.close()
    return process, heard


def ended_by(number: int) -> str:
    """Describe the signal that ended a process, and its likely cause."""
    if number == signal.SIGKILL:
        return "killed (SIGKILL), possibly because memory ran out (see dmesg)"
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
        raise SubprocessKilled(f"a helper process of the harness did not end in {limit_s:g} s")
    try:
        succeeded, told = heard.recv()
    except EOFError:
        process.join(_REAP_LIMIT_S)
        kind = SubprocessKilled if process.exitcode in (-signal.SIGKILL, -signal.SIGTERM) else Failure
        raise kind(f"a helper process of the harness was {ended_by(-(process.exitcode or 0))}") from None
    if not succeeded:
        raise Failure(told)
    return told


@contextmanager
def _deaf_at_first() -> Iterator[None]:
    """Start a process while a terminal's signals are blocked, until the process can handle them.

    A starting Python answers Ctrl-C with a traceback. This process handles blocked signals afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        # The tracker starts with the first process and must not get a terminal's signals. This unblocks Ctrl-C here.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(parent: int, target: Callable[..., None], *arguments: object) -> None:
    end_with_parent(parent)
    target(*arguments)


def _work(tells: Connection, call: Callable[[], object]) -> None:
    """Make a call in this process, which ends silently and without a core file on a signal."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    handle(signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    try:
        told = True, call()
    except BaseException as error:
        # This includes a library's panic.
        told = False, str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
    tells.send(told)
