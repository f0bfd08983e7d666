"""Counters of a process tree from `/proc`, for hosts without control groups for the harness.

CPU time is the own and waited-for time of every process under a keeper (proc(5), utime to cstime). It is complete,
because a process in the tree waits for each ended one. Memory is the sum of `Pss_Anon`, which counts a shared page
once (kernel documentation, filesystems/proc).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

PROC = Path("/proc")
_SHARE_OF_A_CORE = 0.01
_LEAST_PERIOD_S = 0.25
_LEAST_CPU_PERIOD_S = 0.05


@dataclass(frozen=True)
class TreeGauge:
    """The counters of a stack: of the orchestrator with its metadata database, and of all keepers.

    `period_s` and `cpu_period_s` are the sampling periods of memory and CPU time that each use at most 1% of a core.
    """

    orchestrator: Sequence[int]
    stack: Sequence[int]
    period_s: float
    cpu_period_s: float

    def rss_bytes(self) -> int | None:
        """Return the anonymous memory of the orchestrator and its metadata database in bytes, or `None` if unknown."""
        return _total(map(pss_anon_bytes, _pids(self.orchestrator)))

    def cpu_s(self) -> float:
        """Return the CPU time of the orchestrator and its metadata database since they started, in seconds."""
        return _cpu_s(self.orchestrator)

    def stack_cpu_s(self) -> float:
        """Return the CPU time of the whole stack since it started, in seconds."""
        return _cpu_s(self.stack)


def tree_gauge(orchestrator: Sequence[int], stack: Sequence[int]) -> TreeGauge:
    """Return the gauge of these keepers. One reading of each kind gives its sampling period."""
    gauge = TreeGauge(orchestrator, stack, _LEAST_PERIOD_S, _LEAST_CPU_PERIOD_S)
    return replace(
        gauge,
        period_s=max(_LEAST_PERIOD_S, _cost_s(gauge.rss_bytes) / _SHARE_OF_A_CORE),
        cpu_period_s=max(_LEAST_CPU_PERIOD_S, _cost_s(gauge.cpu_s) / _SHARE_OF_A_CORE),
    )


def _cost_s(read: Callable[[], object]) -> float:
    before_s = time.process_time()
    read()
    return time.process_time() - before_s


def _tree(keepers: Sequence[int]) -> Iterator[psutil.Process]:
    for pid in keepers:
        try:
            keeper = psutil.Process(pid)
            yield keeper
            yield from keeper.children(recursive=True)
        except psutil.NoSuchProcess:
            continue


def _pids(keepers: Sequence[int]) -> list[int]:
    return [process.pid for process in _tree(keepers)]


def _cpu_s(keepers: Sequence[int]) -> float:
    total_s = 0.0
    for process in _tree(keepers):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total_s += times.user + times.system + times.children_user + times.children_system
    return total_s


def pss_anon_bytes(pid: int | str = "self", proc: Path = PROC) -> int | None:
    """Return the anonymous memory of a process, 0 if it has ended, or `None` if the kernel does not report it."""
    try:
        lines = (proc / str(pid) / "smaps_rollup").read_text().splitlines()
    except PermissionError:
        return None
    except OSError:
        # The process has ended or is a zombie, or the kernel has no such file.
        return 0 if (proc / "self" / "smaps_rollup").exists() else None
    told = [int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss_Anon:")]
    return told[0] if told else None


def _total(figures: Iterable[int | None]) -> int | None:
    """Return the sum, or `None` if one part is unknown."""
    known = list(figures)
    return None if None in known else sum(each for each in known if each is not None)
