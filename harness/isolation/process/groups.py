"""Control groups for a stack, if the harness can create them: limits and exact counters, like containers."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.experiment.envelope import Envelope
from harness.isolation.gauge import MOUNT, GroupCounters, group_counters

_PERIOD_US = 100_000
_V1 = ("memory", "cpuacct", "cpu")
_REMOVAL_LIMIT_S = 5.0


@dataclass(frozen=True)
class Group:
    """The folders of one control group (one for each controller under version 1), and its counters."""

    folders: tuple[Path, ...]
    counters: GroupCounters


def available(mount: Path = MOUNT) -> bool:
    """Whether the harness can create control groups with memory and CPU."""
    roots = _roots(mount)
    return bool(roots) and all(os.access(folder, os.W_OK) for folder in roots)


def limit_swap(mount: Path = MOUNT) -> bool:
    """Whether groups can limit swap, which needs swap accounting. Version 2 shows this only below its root."""
    return any(mount.glob("*/memory.swap.max" if _is_v2(mount) else "memory/memory.memsw.limit_in_bytes"))


def make_groups(names: Mapping[str, str], envelope: Envelope) -> dict[str, Group]:
    """Create a control group per part of a stack, by name. Return none if the harness is not allowed to."""
    if available():
        with suppress(OSError):
            return {part: make_group(name, envelope) for part, name in names.items()}
    return {}


def make_group(name: str, envelope: Envelope, mount: Path = MOUNT) -> Group:
    """Create a control group with the envelope's limits. Raises `OSError` if it is not allowed."""
    folders = tuple(root / name for root in _roots(mount))
    for folder in folders:
        folder.mkdir(exist_ok=True)
    memory, cpuacct, cpu = folders if len(folders) > 1 else folders * 3
    quota_us, limit = int(envelope.cpus * _PERIOD_US), str(envelope.memory_bytes)
    if _is_v2(mount):
        limits = {memory / "memory.max": limit, cpu / "cpu.max": f"{quota_us} {_PERIOD_US}"}
        swap, none = memory / "memory.swap.max", "0"
    else:
        limits = {
            memory / "memory.limit_in_bytes": limit,
            cpu / "cpu.cfs_period_us": str(_PERIOD_US),
            cpu / "cpu.cfs_quota_us": str(quota_us),
        }
        # Memory and swap together: none of it is swap.
        swap, none = memory / "memory.memsw.limit_in_bytes", limit
    for file, value in limits.items():
        file.write_text(value)
    # A kernel without swap accounting has no such file.
    if swap.exists():
        swap.write_text(none)
    return Group(folders, group_counters(memory, cpuacct))


def remove_groups(pattern: str, mount: Path = MOUNT) -> int:
    """Kill the remaining processes in our groups and remove the groups. Return the number of processes."""
    killed = 0
    for folder in [group for root in _roots(mount) for group in root.glob(pattern)]:
        deadline = time.monotonic() + _REMOVAL_LIMIT_S
        while folder.exists() and time.monotonic() < deadline:
            with suppress(OSError):
                for pid in (folder / "cgroup.procs").read_text().split():
                    with suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
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
