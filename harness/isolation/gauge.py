"""Memory and CPU time of a running stack, read from files alone, so that sampling does not disturb measurements."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.errors import Failure

MOUNT = Path("/sys/fs/cgroup")


class CgroupError(Failure):
    """Counters cannot be found here (Docker Desktop keeps them inside its virtual machine), or are gone."""


class Counters(Protocol):
    """The counters of one part of a stack."""

    def rss_bytes(self) -> int | None:
        """Return the anonymous memory of all its processes in bytes, without page cache, or `None` if unknown."""

    def cpu_s(self) -> float:
        """Return the CPU time of all its processes since its start, in seconds."""


@dataclass(frozen=True)
class Gauge:
    """Counters of the orchestrator with its metadata database, and of all parts. Raises `CgroupError` without any."""

    orchestrator: Sequence[Counters]
    stack: Sequence[Counters]
    period_s: float = 0.25
    cpu_period_s: float = 0.05

    def rss_bytes(self) -> int | None:
        """Return the anonymous memory of the orchestrator and its metadata database in bytes, or `None` if unknown."""
        return total(each.rss_bytes() for each in self.orchestrator)

    def cpu_s(self) -> float:
        """Return the CPU time of the orchestrator and its metadata database since they started, in seconds."""
        return sum(each.cpu_s() for each in self.orchestrator)

    def stack_cpu_s(self) -> float:
        """Return the CPU time of the whole stack since it started, in seconds."""
        return sum(each.cpu_s() for each in self.stack)


@dataclass(frozen=True)
class GroupCounters:
    """The counters of one control group."""

    memory_stat: Path
    memory_key: str
    cpu: Path

    def rss_bytes(self) -> int:
        """Return the anonymous memory of all processes in bytes, without page cache."""
        with _there(self.memory_stat):
            return int(_fields(self.memory_stat)[self.memory_key])

    def cpu_s(self) -> float:
        """Return the CPU time of all processes since the group's start, in seconds."""
        with _there(self.cpu):
            if self.cpu.name == "cpu.stat":
                return int(_fields(self.cpu)["usage_usec"]) / 1e6
            return int(self.cpu.read_text()) / 1e9


def group_counters(memory: Path, cpu: Path) -> GroupCounters:
    """Return the counters in the folders of a control group, which are one and the same under version 2."""
    if memory == cpu:
        return GroupCounters(memory / "memory.stat", "anon", cpu / "cpu.stat")
    return GroupCounters(memory / "memory.stat", "total_rss", cpu / "cpuacct.usage")


def container_counters(pid: int, container: str, mount: Path = MOUNT, proc: Path = Path("/proc")) -> GroupCounters:
    """Find the counters of a container, by its id and that of its first process.

    Raises `CgroupError` when there are none, or for an engine in a virtual machine, where the id is another process's.
    Sources: kernel documentation, cgroup-v1/memory, cgroup-v1/cpuacct, cgroup-v2.
    """
    try:
        text = (proc / str(pid) / "cgroup").read_text()
    except OSError as error:
        raise CgroupError(f"process {pid} has no cgroup on this host: {error}") from error
    if container not in text:
        raise CgroupError(f"process {pid} of this host is not the container's")
    lines = (line.split(":", 2) for line in text.splitlines())
    paths = {each: path.lstrip("/") for _, controllers, path in lines for each in controllers.split(",")}
    if "memory" in paths:
        memory, cpu = mount / "memory" / paths["memory"], mount / "cpuacct" / paths.get("cpuacct", "")
    else:
        memory = cpu = mount / paths.get("", "")
    found = group_counters(memory, cpu)
    if not found.memory_stat.exists() or not found.cpu.exists():
        raise CgroupError(f"no cgroup counters at {memory}")
    return found


def total(figures: Iterator[int | None]) -> int | None:
    """Return a sum, or `None` if one part is unknown."""
    known = [*figures]
    return None if None in known else sum(each for each in known if each is not None)


@contextmanager
def _there(file: Path) -> Iterator[None]:
    """Raise `CgroupError` if a counter cannot be read."""
    try:
        yield
    except (OSError, LookupError, ValueError) as error:
        raise CgroupError(f"the kernel's counter {file} is missing: {error!r}") from error


def _fields(path: Path) -> dict[str, str]:
    return dict(line.split() for line in path.read_text().splitlines())
