"""Calls with a time limit, for functions without one. Each runs in a thread, and a blocked one is abandoned.

An abandoned thread does not keep the process from ending.
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
    """Makes calls one after the other in a separate thread, at about 20 µs each.

    After a blocked call, the next call gets a new thread.
    """

    def __init__(self) -> None:
        self._calls: SimpleQueue[_Call | None] | None = None

    def call(self, limit_s: float, function: Callable[[], T]) -> T:
        """Return a function's result or raise its exception. Raises `OutOfTime`."""
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
        """Let the thread end after its current call."""
        if self._calls is not None:
            self._calls.put(None)
            self._calls = None


def in_time(limit_s: float, function: Callable[[], T]) -> T:
    """Make one call and return its result or raise its exception. Raises `OutOfTime`."""
    caller = Caller()
    try:
        return caller.call(limit_s, function)
    finally:
        caller.close()


def _error_of(done: Future[Any], limit_s: float) -> BaseException | None:
    """Return the exception of a call, which can itself be a `TimeoutError`. Raises `TimeoutError`."""
    # In two halves: if this process was stopped for longer than the limit, the call still gets time to end.
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
        # Otherwise this would keep the result alive until the next call.
        del call, done, function
