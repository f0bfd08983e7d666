"""What this machine lacks, or has in a way that shows in the numbers, each with the command that mends it."""

import os
import shutil
from dataclasses import dataclass
from typing import Literal

from docker.errors import APIError

from harness.engine import EngineError, client, compose_command
from harness.images import ROOTFS
from harness.orchestrator import REPOSITORY

_DISK_BYTES = 15 * 10**9
_MEMORY_BYTES = 9 * 10**9


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `missing` stops a benchmark, `warning` shows in its numbers."""

    level: Literal["ok", "warning", "missing"]
    what: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything a benchmark needs."""
    found = _engine()
    if found.level == "missing":
        return [found, _compose(), _disk()]
    return [found, _storage(), _compose(), _rootfs(), _memory(), _disk(), _load()]


def _engine() -> Finding:
    try:
        version = client().version()["Version"]
    except EngineError as error:
        return Finding("missing", "no Docker engine answers", _remedy(error))
    return Finding("ok", f"Docker engine {version}")


def _storage() -> Finding:
    driver = client().info()["Driver"]
    if driver == "fuse-overlayfs":
        return Finding(
            "warning",
            "storage driver fuse-overlayfs: imports took 10 to 40 % longer on it than on a volume, and varied more",
            'set "storage-driver": "overlay2" in /etc/docker/daemon.json, then: sudo systemctl restart docker',
        )
    return Finding("ok", f"storage driver {driver}")


def _compose() -> Finding:
    try:
        return Finding("ok", f"Compose: {' '.join(compose_command())}")
    except EngineError as error:
        return Finding("missing", "no Docker Compose", _remedy(error))


def _rootfs() -> Finding:
    if client().images.list(ROOTFS) or shutil.which("mmdebstrap"):
        return Finding("ok", "a base image, or the means to make one")
    try:
        client().images.get_registry_data("debian:bookworm-slim")
    except APIError:
        if os.geteuid() == 0 and shutil.which("apt-get"):
            return Finding("ok", "no image registry answers; mmdebstrap will be installed to make the base image")
        remedy = "sudo apt-get install mmdebstrap"
        return Finding("missing", "no image registry answers and mmdebstrap is missing", remedy)
    return Finding("ok", "an image registry answers")


def _memory() -> Finding:
    memory = client().info()["MemTotal"]
    if memory < _MEMORY_BYTES:
        return Finding(
            "warning",
            f"{memory / 1e9:.0f} GB of memory: a stack's two containers may use 4 GiB each",
            "give the engine 9 GB or more",
        )
    return Finding("ok", f"{memory / 1e9:.0f} GB of memory")


def _disk() -> Finding:
    free = shutil.disk_usage(REPOSITORY).free
    if free < _DISK_BYTES:
        return Finding("warning", f"{free / 1e9:.0f} GB free on the disk: images and wheels take about 8", "make room")
    return Finding("ok", f"{free / 1e9:.0f} GB free on the disk")


def _load() -> Finding:
    load = os.getloadavg()[0]
    if load > 1:
        return Finding("warning", f"load average {load:.1f}: something else is running", "stop it, or wait")
    return Finding("ok", f"load average {load:.1f}")


def _remedy(error: EngineError) -> str:
    """Return the command that an engine's error names."""
    return str(error).partition(" it with: ")[2]
