"""The checks of `doctor` for Docker, each with a remedy."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker

from harness.experiment.envelope import Envelope, shortages
from harness.isolation.docker.compose import compose_command
from harness.isolation.protocol import Diagnosis, unlimited_swap
from harness.provision.docker.base_image import DEBIAN, ROOTFS
from harness.provision.docker.engine import EngineError, client, engine_answers
from harness.provision.docker.reach import find_address

_MEMORY_BYTES = 9 * 10**9
_FULL_BYTES, _TIGHT_BYTES = 10**9, 8 * 10**9
_REGISTRY_LIMIT_S = 3
_LIMITS = {"CpuCfsQuota": "CPU time", "MemoryLimit": "memory", "CPUSet": "the choice of CPUs"}

Info = Mapping[str, Any]
"""The engine's description of itself."""


def examine() -> list[Diagnosis]:
    """Check everything that stacks in containers need, up to the first missing thing."""
    try:
        with engine_answers():
            info = client().info()
        here = info["Name"] == socket.gethostname()
        if (address := find_address()).remote and not here:
            words = f"the Docker engine at {address} is on another machine, but stacks need this one's files"
            return [Diagnosis("missing", words, address.other)]
        findings = [
            Diagnosis("ok", f"Docker engine {info['ServerVersion']} on {info['Driver']}"),
            Diagnosis("ok", f"Compose: {' '.join(compose_command())}"),
            *warnings(info),
        ]
        with engine_answers("no image registry responds, and mmdebstrap is missing", "sudo apt-get install mmdebstrap"):
            _look_for_a_base()
    except EngineError as error:
        return [Diagnosis("missing", str(error), error.remedy)]
    return [*findings, disk(info)] if here else findings


def warnings(info: Info) -> list[Diagnosis]:
    """Return warnings about an engine that affect the numbers."""
    unlimited = " and ".join(word for flag, word in _LIMITS.items() if not info.get(flag))
    short = shortages(Envelope(), info["NCPU"], Envelope().memory_bytes)
    lacks = [
        (
            info["Driver"] == "fuse-overlayfs",
            "storage driver fuse-overlayfs: imports took 10 to 40% longer than on a volume, and varied more",
            'set "storage-driver": "overlay2" in /etc/docker/daemon.json, then: sudo systemctl restart docker',
        ),
        (
            unlimited,
            f"the engine cannot limit {unlimited}, so a stack can use more than its share",
            "delegate these controllers: https://rootlesscontaine.rs/getting-started/common/cgroup2/",
        ),
        (
            info["MemTotal"] < _MEMORY_BYTES,
            f"{info['MemTotal'] / 1e9:.0f} GB of memory, but a stack's two containers can use 4 GiB each",
            "give the engine 9 GB or more",
        ),
        *((True, each, "give the engine two CPUs") for each in short),
    ]
    found = [Diagnosis("warning", what, remedy) for there, what, remedy in lacks if there]
    return found if info.get("SwapLimit") else [*found, unlimited_swap("the engine cannot limit swap")]


def disk(info: Info) -> Diagnosis:
    """Check the disk with the engine's images, if it is a disk of this host."""
    folder = Path(info["DockerRootDir"])
    # Only root can read this folder, so use its first readable parent.
    while not os.access(folder, os.F_OK) and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:.1f} GB free for Docker's images"
    if free < _FULL_BYTES:
        return Diagnosis("missing", f"Docker's disk is full: {said}", "docker system prune")
    if free < _TIGHT_BYTES:
        return Diagnosis("warning", f"{said}, but all images take about 8 GB", "docker system prune")
    return Diagnosis("ok", said)


def _look_for_a_base() -> None:
    """Look for a base image or a way to create it."""
    if not client().images.list(ROOTFS) and not shutil.which("mmdebstrap"):
        # An unreachable registry may take minutes to fail.
        docker.from_env(timeout=_REGISTRY_LIMIT_S).images.get_registry_data(DEBIAN, auth_config={})
