"""Detects whether the harness itself ran all the time, and its longest pause.

A thread reads the clock a few times a second. It is late if this process was stopped (Ctrl-Z) or frozen, or if the
machine was paused or asleep. Observations from such a time give no verdict on a tool.
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
    """The harness did not run during a measurement, in all tries of a trial."""


class Presence:
    """Measures how late its thread reads the clock. Other threads can ask at any time."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._looking = threading.Lock()
        self._looked_s = _now_s()
        self._absent_s = 0.0

    @property
    def absent_s(self) -> float:
        """The longest delay between two readings, until now or until the end."""
        self._look()
        return self._absent_s

    def keep_looking(self) -> None:
        """Read the clock until the end."""
        while not self._over.wait(_LOOK_S):
            self._look()

    def end(self) -> None:
        """Stop reading the clock. Later delays do not count."""
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
    # The only clock that continues while the machine sleeps and cannot be set (clock_gettime(2)).
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextmanager
def present() -> Iterator[Presence]:
    """Detect whether this process runs, until the end of the context."""
    presence = Presence()
    threading.Thread(target=presence.keep_looking, daemon=True).start()
    try:
        yield presence
    finally:
        presence.end()


def undisturbed(measure: Callable[[], T]) -> T:
    """Return a measurement. Repeat it if the harness did not run meanwhile. Raises `Absent`."""
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
