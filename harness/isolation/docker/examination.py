"""What `doctor` asks of the engine, each with the command that helps."""

import os
import shutil

from docker.errors import APIError

from harness.isolation.docker.base import ROOTFS
from harness.isolation.docker.engine import EngineError, client, compose_command
from harness.isolation.protocol import Finding

_MEMORY_BYTES = 9 * 10**9


def examine() -> list[Finding]:
    """Look at everything that stacks in containers need."""
    engine = _engine()
    if engine.level == "missing":
        return [engine, _compose()]
    return [engine, _storage(), _compose(), _rootfs(), _memory()]


def _engine() -> Finding:
    try:
        version = client().version()["Version"]
    except EngineError as error:
        return Finding("missing", str(error), error.remedy)
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
        return Finding("missing", str(error), error.remedy)


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
