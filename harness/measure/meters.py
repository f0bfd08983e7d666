"""Resource use of a trial: readings of the stack's and the machine's counters, and their differences."""

import time
from dataclasses import dataclass

from harness.isolation.protocol import Gauge
from harness.measure.host_load import Reading, read_host_load


def clocks_apart_s() -> float:
    """Return the difference between the wall clock and the monotonic clock in seconds.

    It changes when the clock is set, and when the host is suspended, which stops the monotonic clock.
    """
    return (time.time_ns() - time.monotonic_ns()) / 1e9


@dataclass(frozen=True)
class Used:
    """CPU seconds between two readings: the orchestrator's, other programs', stolen time and waiting time."""

    cpu_s: float | None = None
    foreign_cpu_s: float | None = None
    steal_s: float | None = None
    pressure_s: float | None = None


@dataclass(frozen=True)
class Meters:
    """All counters at one moment, in CPU seconds.

    `stack` has the orchestrator's and the whole stack's, or `None` if the host does not show them.
    """

    host: Reading
    stack: tuple[float, float] | None


def read_meters(gauge: Gauge | None, lane: tuple[int, ...]) -> Meters:
    """Read all counters now. If there is a lane, read only its CPUs of the host."""
    return Meters(read_host_load(lane), (gauge.cpu_s(), gauge.stack_cpu_s()) if gauge else None)


def used_between(before: Meters, after: Meters) -> Used:
    """Return the difference between two readings."""
    cpu_s, foreign_s = None, None
    busy_s = _between(before.host.busy_s, after.host.busy_s)
    if before.stack and after.stack:
        cpu_s = after.stack[0] - before.stack[0]
        ours_s = after.stack[1] - before.stack[1] + after.host.harness_s - before.host.harness_s
        # The kernel counts the machine's time in ticks of 10 ms, and this process's time in nanoseconds.
        foreign_s = None if busy_s is None else max(0.0, busy_s - ours_s)
    return Used(
        cpu_s,
        foreign_s,
        _between(before.host.steal_s, after.host.steal_s),
        _between(before.host.pressure_s, after.host.pressure_s),
    )


def _between(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
