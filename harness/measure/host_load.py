"""What else the machine was doing: CPU time of everybody, time stolen by a hypervisor, and the kernel's pressure.

Reads `/proc` only. Where a file or a field is missing, the figure is `None`, never 0.
"""

import time
from collections.abc import Collection
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
    accounting/psi); `harness_s` the CPU time of this process, as far as it is part of `busy_s`.
    """

    busy_s: float | None
    steal_s: float | None
    pressure_s: float | None
    harness_s: float


def read_host_load(lane: Collection[int] = (), proc: Path = PROC) -> Reading:
    """Read the counters now: of the whole machine, or of a lane's CPUs alone, where the harness does not run."""
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
    return Reading(busy_s, steal_s, _pressure_s(proc), harness_s)


def _seconds(line: str) -> dict[str, float]:
    """Return what a CPU's line tells, in seconds; nothing where an old kernel tells less."""
    seconds = [int(ticks) / _TICKS_PER_S for ticks in line.split()[1:9]]
    return dict(zip(_FIELDS, seconds, strict=True)) if len(seconds) == len(_FIELDS) else {}


def _pressure_s(proc: Path) -> float | None:
    try:
        some = (proc / "pressure" / "cpu").read_text().splitlines()[0]
    except (OSError, IndexError):
        return None
    return int(some.rpartition("total=")[2]) / 1e6
