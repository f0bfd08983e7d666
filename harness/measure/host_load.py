"""What else the machine was doing: CPU time of everybody, time stolen by a hypervisor, and the kernel's pressure.

Reads `/proc` only. Where a file or a field is missing, the figure is `None`, never 0.
"""

import time
from dataclasses import dataclass
from os import sysconf
from pathlib import Path

PROC = Path("/proc")
_TICKS_PER_S = sysconf("SC_CLK_TCK")
_FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_BUSY = ("user", "nice", "system", "irq", "softirq")


@dataclass(frozen=True)
class Reading:
    """Where the machine's counters stand, in seconds since its start.

    `busy_s` is CPU time of all processes and interrupts, `steal_s` CPU time that a hypervisor gave to others
    (proc(5), /proc/stat); `pressure_s` the time in which some task waited for a CPU (kernel documentation,
    accounting/psi); `harness_s` the CPU time of this process.
    """

    busy_s: float | None
    steal_s: float | None
    pressure_s: float | None
    harness_s: float


def read_host_load(proc: Path = PROC) -> Reading:
    """Read the counters now."""
    busy_s, steal_s = _cpu_s(proc)
    return Reading(busy_s, steal_s, _pressure_s(proc), time.process_time())


def _cpu_s(proc: Path) -> tuple[float | None, float | None]:
    """Return the seconds that everybody was busy, and those that were stolen."""
    try:
        first = (proc / "stat").read_text().splitlines()[0]
    except (OSError, IndexError):
        return None, None
    seconds = [int(ticks) / _TICKS_PER_S for ticks in first.split()[1:9]]
    if len(seconds) < len(_FIELDS):
        return None, None
    told = dict(zip(_FIELDS, seconds, strict=True))
    return sum(told[name] for name in _BUSY), told["steal"]


def _pressure_s(proc: Path) -> float | None:
    try:
        some = (proc / "pressure" / "cpu").read_text().splitlines()[0]
    except (OSError, IndexError):
        return None
    return int(some.rpartition("total=")[2]) / 1e6
