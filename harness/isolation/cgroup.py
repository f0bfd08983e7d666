"""Memory and CPU of a control group, read from the kernel's cgroup counters, version 1 and 2.

It only reads files, without engine calls or processes, so that sampling does not disturb measurements.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Failure

MOUNT = Path("/sys/fs/cgroup")


class CgroupError(Failure):
    """Counters cannot be found here (Docker Desktop keeps them inside its virtual machine), or are gone."""


@dataclass(frozen=True)
class Counters:
    """The counters of one container: current anonymous memory, and CPU time since its start."""

    memory_stat: Path
    memory_key: str
    cpu: Path

    def rss_bytes(self) -> int:
        """Anonymous memory of all processes together in bytes, without page cache."""
        with _there(self.memory_stat):
            return int(_fields(self.memory_stat)[self.memory_key])

    def cpu_s(self) -> float:
        """CPU time of all processes since the container's start, in seconds."""
        with _there(self.cpu):
            if self.cpu.name == "cpu.stat":
                return int(_fields(self.cpu)["usage_usec"]) / 1e6
            return int(self.cpu.read_text()) / 1e9


@dataclass(frozen=True)
class StackGauge:
    """The counters of a stack: of the orchestrator with its metadata database, and of all its parts."""

    orchestrator: tuple[Counters, ...]
    stack: tuple[Counters, ...]
    period_s: float = 0.25
    cpu_period_s: float = 0.05

    def rss_bytes(self) -> int:
        """Return the anonymous memory of the orchestrator and its metadata database, in bytes."""
        return sum(each.rss_bytes() for each in self.orchestrator)

    def cpu_s(self) -> float:
        """Return the CPU time of the orchestrator and its metadata database since they started, in seconds."""
        return sum(each.cpu_s() for each in self.orchestrator)

    def stack_cpu_s(self) -> float:
        """Return the CPU time of the whole stack since it started, in seconds."""
        return sum(each.cpu_s() for each in self.stack)


def counters(pid: int, container: str, mount: Path = MOUNT, proc: Path = Path("/proc")) -> Counters:
    """Find the counters of a container, by its id and that of its first process.

    Raises `CgroupError` when there are none, or the process of that id is another one here: with an engine in a virtual
    machine, or a harness in a container. Sources: kernel documentation, cgroup-v1/memory, cgroup-v1/cpuacct, cgroup-v2.
    """
    try:
        text = (proc / str(pid) / "cgroup").read_text()
    except OSError as error:
        raise CgroupError(f"process {pid} has no cgroup on this host: {error}") from error
    if container not in text:
        raise CgroupError(f"process {pid} of this host is not the container's")
    paths = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path.lstrip("/")
    if "memory" in paths:
        where = Counters(
            mount / "memory" / paths["memory"] / "memory.stat",
            "total_rss",
            mount / "cpuacct" / paths.get("cpuacct", "") / "cpuacct.usage",
        )
    else:
        where = Counters(mount / paths.get("", "") / "memory.stat", "anon", mount / paths.get("", "") / "cpu.stat")
    if not where.memory_stat.exists() or not where.cpu.exists():
        raise CgroupError(f"no cgroup counters at {where.memory_stat.parent}")
    return where


@contextmanager
def _there(file: Path) -> Iterator[None]:
    """Raise `CgroupError` if a counter cannot be read."""
    try:
        yield
    except (OSError, LookupError, ValueError) as error:
        raise CgroupError(f"the kernel's counter {file} is missing: {error!r}") from error


def _fields(path: Path) -> dict[str, str]:
    return dict(line.split() for line in path.read_text().splitlines())
