"""Calls with a time limit, for functions without one. Each runs in a thread, and a blocked one is abandoned.

An abandoned thread does not keep the process from ending.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class OutOfTime(Exception):
    """A call did not return within its limit."""


def in_time(limit_s: float, function: Callable[[], T]) -> T:
    """Make one call and return its result or raise its exception. Raises `OutOfTime`."""
    done: Future[T] = Future()
    threading.Thread(target=_make, args=(done, function), daemon=True).start()
    # In two halves: if this process was stopped for longer than the limit, the call still gets time to end.
    for _ in range(2):
        try:
            # The call itself may have raised a `TimeoutError`, so this reads the exception instead of raising it.
            error = done.exception(limit_s / 2)
        except TimeoutError:
            continue
        if error is not None:
            raise error
        return done.result()
    raise OutOfTime(f"it did not return in {limit_s:g} s")


def _make(done: "Future[T]", function: Callable[[], T]) -> None:
    try:
        done.set_result(function())
    except BaseException as error:
        done.set_exception(error)
