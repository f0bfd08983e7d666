"""Resource use of a trial: readings of the stack's and the machine's counters, and their differences.

The machine's counters from `/proc` are CPU time of all programs, time stolen by a hypervisor, and kernel pressure.
If a file or a field is missing, the figure is `None`, never 0.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from os import sysconf
from pathlib import Path

from harness.experiment.traits import CpuSample
from harness.isolation.gauge import Gauge

PROC = Path("/proc")
_TICKS_PER_S = sysconf("SC_CLK_TCK")
_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_BUSY = ("user", "nice", "system", "irq", "softirq")


@dataclass(frozen=True)
class HostCounters:
    """One reading of the machine's counters, in seconds since its start.

    `busy_s` is CPU time of all processes and interrupts. `steal_s` is CPU time that a hypervisor gave to others
    (proc(5), /proc/stat). `pressure_s` is the time in which some task waited for a CPU (kernel documentation,
    accounting/psi). `harness_s` is the CPU time of this process, as far as it is part of `busy_s`.
    """

    busy_s: float | None
    steal_s: float | None
    pressure_s: float | None
    harness_s: float


def read_host_load(lane: Collection[int] = (), proc: Path = PROC) -> HostCounters:
    """Read the counters of the whole machine, or only those of a lane's CPUs, on which the harness does not run."""
    harness_s = 0.0 if lane else time.process_time()
    names = [f"cpu{number}" for number in lane] or ["cpu"]
    try:
        lines = (proc / "stat").read_text().splitlines()
    except OSError:
        lines = []
    told = [_seconds(line) for line in lines if line.partition(" ")[0] in names]
    whole = len(told) == len(names) and all(told)
    busy_s = sum(cpu[name] for cpu in told for name in _BUSY) if whole else None
    steal_s = sum(cpu["steal"] for cpu in told) if whole else None
    return HostCounters(busy_s, steal_s, _pressure_s(proc), harness_s)


def _seconds(line: str) -> dict[str, float]:
    """Parse a CPU's line into seconds. Return nothing if an old kernel reports fewer fields."""
    seconds = [int(ticks) / _TICKS_PER_S for ticks in line.split()[1:9]]
    return dict(zip(_FIELDS, seconds, strict=True)) if len(seconds) == len(_FIELDS) else {}


def _pressure_s(proc: Path) -> float | None:
    try:
        some = (proc / "pressure" / "cpu").read_text().splitlines()[0]
    except (OSError, IndexError):
        return None
    return int(some.rpartition("total=")[2]) / 1e6


def clocks_apart_s() -> float:
    """Return the difference between the wall clock and the monotonic clock in seconds.

    It changes when the clock is set, and when the host is suspended, which stops the monotonic clock.
    """
    return (time.time_ns() - time.monotonic_ns()) / 1e9


@dataclass
class Sampler:
    """Samples a stack's memory and CPU time, no more often than its gauge allows. Unknown values are `None`."""

    gauge: Gauge | None
    peak_rss_bytes: int | None = None
    cpu_readings: list[CpuSample] = field(default_factory=list)
    _memory_ns: int = 0

    def sample_memory(self) -> None:
        """Keep the highest sample, if one is due."""
        if self.gauge and time.monotonic_ns() - self._memory_ns >= self.gauge.period_s * 1e9:
            self._memory_ns = time.monotonic_ns()
            if (rss_bytes := self.gauge.rss_bytes()) is not None:
                self.peak_rss_bytes = max(self.peak_rss_bytes or 0, rss_bytes)

    def sample_cpu(self, *, now: bool = False) -> None:
        """Keep a reading, if one is due or wanted `now`."""
        last_ns = self.cpu_readings[-1][0] if self.cpu_readings else 0
        if self.gauge and (now or time.monotonic_ns() - last_ns >= self.gauge.cpu_period_s * 1e9):
            self.cpu_readings.append((time.monotonic_ns(), self.gauge.cpu_s()))


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

    host: HostCounters
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
