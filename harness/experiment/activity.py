"""Splits a trial's overhead into waiting and computing: a pure function of CPU readings."""

from collections.abc import Sequence
from itertools import pairwise

from harness.experiment.timeline import Event, bodies

QUIET_CORES = 0.1
"""A stack that uses less CPU than this in a window is waiting."""

CpuSample = tuple[int, float]
"""The time of a reading (monotonic nanoseconds), and the stack's CPU time since its start in seconds."""


def waiting_share(readings: Sequence[CpuSample], events: Sequence[Event]) -> float | None:
    """Return the share of waiting in a trial's overhead, from 0 to 1, or `None` without a usable window.

    A window lies between two readings. A window that touches a step's body contains step time, so it is left out. Its
    overhead is assumed to be like that of the other windows.
    """
    spans = [(start.monotonic_ns, end.monotonic_ns) for start, end in bodies(events)]
    waiting_ns = known_ns = 0
    for (begun_ns, before_s), (ended_ns, after_s) in pairwise(readings):
        if ended_ns <= begun_ns or any(begun_ns < end_ns and start_ns < ended_ns for start_ns, end_ns in spans):
            continue
        known_ns += ended_ns - begun_ns
        if (after_s - before_s) * 1e9 < QUIET_CORES * (ended_ns - begun_ns):
            waiting_ns += ended_ns - begun_ns
    return waiting_ns / known_ns if known_ns else None
