"""Whether the harness itself was there: for how long at a stretch it did not run.

A thread looks at the clock a few times a second. It looks late where this process was stopped (Ctrl-Z), frozen, or its
machine was paused or asleep: what was to be watched meanwhile was not, and is no verdict on a tool.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from harness.errors import Failure
from harness.experiment.judgement import TRIES, absent

_LOOK_S = 0.25
T = TypeVar("T")


class Absent(Failure):
    """The harness did not run while it measured, in as many tries as a trial has."""


class Presence:
    """How late the latest look was, at most. Another thread looks; this one may ask at any time."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._looking = threading.Lock()
        self._looked_s = _now_s()
        self._absent_s = 0.0

    @property
    def absent_s(self) -> float:
        """The longest stretch without a look, beyond the pause between two: until now, or until it was over."""
        self._look()
        return self._absent_s

    def keep_looking(self) -> None:
        """Look until it is over."""
        while not self._over.wait(_LOOK_S):
            self._look()

    def end(self) -> None:
        """Let the looking end: what comes later is not of this presence."""
        self._look()
        self._over.set()

    def _look(self) -> None:
        with self._looking:
            if self._over.is_set():
                return
            now_s = _now_s()
            self._absent_s = max(self._absent_s, now_s - self._looked_s - _LOOK_S)
            self._looked_s = now_s


def _now_s() -> float:
    # Of all clocks the one that goes on while the machine sleeps, and that nobody sets (clock_gettime(2)).
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextmanager
def present() -> Iterator[Presence]:
    """Watch whether this process runs, from here to the end of the context."""
    presence = Presence()
    threading.Thread(target=presence.keep_looking, daemon=True).start()
    try:
        yield presence
    finally:
        presence.end()


def undisturbed(measure: Callable[[], T]) -> T:
    """Return what is measured; once more where the harness did not run meanwhile. Raises `Absent`."""
    absence = ""
    for _ in range(TRIES):
        with present() as presence:
            try:
                measured = measure()
            except Exception:
                if not (absence := absent(presence.absent_s)):
                    raise
            else:
                if not (absence := absent(presence.absent_s)):
                    return measured
    raise Absent(f"not measured in {TRIES} tries: {absence}")
