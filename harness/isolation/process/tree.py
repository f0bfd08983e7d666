"""Trees of processes, and their counters from `/proc`, for hosts without control groups for the harness."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.isolation.gauge import Gauge, total

_SHARE_OF_A_CORE = 0.01


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants, or nothing if it has ended."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


@dataclass(frozen=True)
class TreeCounters:
    """The counters of the processes under one supervisor.

    CPU time includes that of ended processes, each of which another one waits for (proc(5), utime to cstime). Memory is
    the sum of `Pss_Anon`, which counts a shared page once (kernel documentation, filesystems/proc).
    """

    pid: int

    def rss_bytes(self) -> int | None:
        """Return the anonymous memory of all processes in bytes, or `None` if unknown."""
        return total(pss_anon_bytes(process.pid) for process in tree(self.pid))

    def cpu_s(self) -> float:
        """Return the CPU time of all processes since they started, in seconds."""
        total_s = 0.0
        for process in tree(self.pid):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total_s += times.user + times.system + times.children_user + times.children_system
        return total_s


def tree_gauge(orchestrator: Sequence[int], stack: Sequence[int]) -> Gauge:
    """Return the gauge of these supervisors, with periods in which readings use at most 1% of a core."""
    own, every = [TreeCounters(pid) for pid in orchestrator], [TreeCounters(pid) for pid in stack]
    gauge = Gauge(own, every)
    period_s = max(gauge.period_s, _cost_s(gauge.rss_bytes) / _SHARE_OF_A_CORE)
    return Gauge(own, every, period_s, max(gauge.cpu_period_s, _cost_s(gauge.cpu_s) / _SHARE_OF_A_CORE))


def pss_anon_bytes(pid: int | str = "self", proc: Path = Path("/proc")) -> int | None:
    """Return the anonymous memory of a process, 0 if it has ended, or `None` if the kernel does not report it."""
    try:
        lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
    except PermissionError:
        return None
    except OSError:
        # The process has ended or is a zombie, or the kernel has no such file.
        return 0 if (proc / "self" / "smaps_rollup").exists() else None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss_Anon:")), None)


def _cost_s(read: Callable[[], object]) -> float:
    before_s = time.process_time()
    read()
    return time.process_time() - before_s
