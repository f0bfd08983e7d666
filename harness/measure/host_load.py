"""What else the machine was doing: CPU time of everybody, time stolen by a hypervisor, and the kernel's pressure.

Reads `/proc` only. Where a file or a field is missing, the figure is `None`, never 0.
"""

import time
from dataclasses import dataclass
from os import sysconf
from pathlib import Path

PROC = Path("/proc")
_TICKS_PER_S = sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Reading:
    """Where the machine's counters stand, in seconds since its start.

    `busy_s` is CPU time of all processes and interrupts, `steal_s` CPU time that a hypervisor gave to others
    (proc(5), /proc/stat); `pressure_s` the time in which some task waited for a CPU (kernel documentation,
    accounting/psi); `harness_s` the CPU time of this process.
    """

    busy_s: float
    steal_s: float
    pressure_s: float | None
    harness_s: float


def read_host_load(proc: Path = PROC) -> Reading:
    """Read the counters now."""
    first = (proc / "stat").read_text().splitlines()[0]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (
        int(ticks) / _TICKS_PER_S for ticks in first.split()[1:9]
    )
    return Reading(user + nice + system + irq + softirq, steal, _pressure_s(proc), time.process_time())


def _pressure_s(proc: Path) -> float | None:
    try:
        some = (proc / "pressure" / "cpu").read_text().splitlines()[0]
    except OSError:
        return None
    return int(some.rpartition("total=")[2]) / 1e6
