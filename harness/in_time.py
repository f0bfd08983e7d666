"""Calls with a time limit: each is made in a thread, and one that blocks is left behind there.

For what has no limit of its own. It ends with the process: a thread that is left behind keeps nothing from ending.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_Call = tuple[Future[Any], Callable[[], Any]]


class OutOfTime(Exception):
    """A call did not return within its limit."""


class Caller:
    """Makes one call after the other in a thread of its own, which costs some 20 µs each.

    After a call that blocks, the next one gets a new thread.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[_Call | None] | None = None

    def call(self, limit_s: float, function: Callable[[], T]) -> T:
        """Return or raise what a function does. Raises `OutOfTime`."""
        if self._calls is None:
            self._calls = SimpleQueue()
            threading.Thread(target=_serve, args=(self._calls,), daemon=True).start()
        done: Future[T] = Future()
        self._calls.put((done, function))
        try:
            error = _error_of(done, limit_s)
        except TimeoutError:
            raise OutOfTime(f"it did not return in {limit_s:g} s") from None
        finally:
            if not done.done():
                self.close()
        if error is not None:
            raise error
        return done.result()

    def close(self) -> None:
        """Let the thread end, after the call that it is at."""
        if self._calls is not None:
            self._calls.put(None)
            self._calls = None


def in_time(limit_s: float, function: Callable[[], T]) -> T:
    """Make one call, and return or raise what it does. Raises `OutOfTime`."""
    caller = Caller()
    try:
        return caller.call(limit_s, function)
    finally:
        caller.close()


def _error_of(done: Future[Any], limit_s: float) -> BaseException | None:
    """Return what a call raised, for that may be a `TimeoutError` of its own. Raises `TimeoutError`."""
    # In two halves: where this process was stopped for longer than the limit, the call gets time to come to its end.
    try:
        return done.exception(limit_s / 2)
    except TimeoutError:
        return done.exception(limit_s / 2)


def _serve(calls: "SimpleQueue[_Call | None]") -> None:
    while (call := calls.get()) is not None:
        done, function = call
        try:
            done.set_result(function())
        except BaseException as error:
            done.set_exception(error)
        # Kept here, it would keep alive what it returned until the next one comes.
        del call, done, function
