"""Control groups for a stack, if the harness can create them: limits and exact counters, like containers."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.experiment.envelope import Envelope
from harness.isolation.cgroup import MOUNT, Counters

_PERIOD_US = 100_000
_V1 = ("memory", "cpuacct", "cpu")
_REMOVAL_LIMIT_S = 5.0


@dataclass(frozen=True)
class Group:
    """The folders of one control group (one for each controller under version 1), and its counters."""

    folders: tuple[Path, ...]
    counters: Counters


def available(mount: Path = MOUNT) -> bool:
    """Whether the harness can create control groups with memory and CPU."""
    return all(os.access(folder, os.W_OK) for folder in _roots(mount)) and bool(_roots(mount))


def limit_swap(mount: Path = MOUNT) -> bool:
    """Whether groups can limit swap, which needs swap accounting. Version 2 shows this only below its root."""
    return any(mount.glob("*/memory.swap.max" if _is_v2(mount) else "memory/memory.memsw.limit_in_bytes"))


def make_groups(names: Mapping[str, str], envelope: Envelope) -> dict[str, Group]:
    """Create a control group per part of a stack, by name. Return none if the harness is not allowed to."""
    if not available():
        return {}
    with suppress(OSError):
        return {part: make_group(name, envelope) for part, name in names.items()}
    return {}


def make_group(name: str, envelope: Envelope, mount: Path = MOUNT) -> Group:
    """Create a control group with the envelope's limits. Raises `OSError` if it is not allowed."""
    folders = tuple(root / name for root in _roots(mount))
    for folder in folders:
        folder.mkdir(exist_ok=True)
    quota_us = int(envelope.cpus * _PERIOD_US)
    if _is_v2(mount):
        (folder,) = folders
        (folder / "memory.max").write_text(str(envelope.memory_bytes))
        _where_it_is(folder / "memory.swap.max", "0")
        (folder / "cpu.max").write_text(f"{quota_us} {_PERIOD_US}")
        return Group(folders, Counters(folder / "memory.stat", "anon", folder / "cpu.stat"))
    by_controller = dict(zip(_V1, folders, strict=True))
    (by_controller["memory"] / "memory.limit_in_bytes").write_text(str(envelope.memory_bytes))
    # Memory and swap together: none of it is swap.
    _where_it_is(by_controller["memory"] / "memory.memsw.limit_in_bytes", str(envelope.memory_bytes))
    (by_controller["cpu"] / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
    (by_controller["cpu"] / "cpu.cfs_quota_us").write_text(str(quota_us))
    return Group(
        folders,
        Counters(by_controller["memory"] / "memory.stat", "total_rss", by_controller["cpuacct"] / "cpuacct.usage"),
    )


def _where_it_is(file: Path, limit: str) -> None:
    """Set a swap limit. A kernel without swap accounting has no such file."""
    if file.exists():
        file.write_text(limit)


def remove_groups(pattern: str, mount: Path = MOUNT) -> int:
    """Kill the remaining processes in our groups and remove the groups. Return the number of processes."""
    killed = 0
    for folder in [group for root in _roots(mount) for group in root.glob(pattern)]:
        deadline = time.monotonic() + _REMOVAL_LIMIT_S
        while folder.exists() and time.monotonic() < deadline:
            for pid in _members(folder):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
            with suppress(OSError):
                folder.rmdir()
            time.sleep(0.01)
    return killed


def _roots(mount: Path) -> list[Path]:
    if _is_v2(mount):
        enabled = (mount / "cgroup.subtree_control").read_text().split()
        return [mount] if {"memory", "cpu"} <= set(enabled) else []
    roots = [mount / controller for controller in _V1]
    return roots if all(root.is_dir() for root in roots) else []


def _is_v2(mount: Path) -> bool:
    return (mount / "cgroup.controllers").exists()


def _members(folder: Path) -> Iterator[int]:
    with suppress(OSError):
        yield from map(int, (folder / "cgroup.procs").read_text().split())
