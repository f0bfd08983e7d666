"""Calls with a time limit: each is made in a thread, and one that blocks is left behind there.

For what has no limit of its own. It ends with the process: a thread that is left behind keeps nothing from ending.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class OutOfTime(Exception):
    """A call did not return within its limit."""


def in_time(limit_s: float, function: Callable[[], T]) -> T:
    """Make one call, and return or raise what it does. Raises `OutOfTime`."""
    done: Future[T] = Future()
    threading.Thread(target=_make, args=(done, function), daemon=True).start()
    # In two halves: where this process was stopped for longer than the limit, the call gets time to come to its end.
    for _ in range(2):
        try:
            # What it raised may be a `TimeoutError` of its own, so that is asked for and not raised here.
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
