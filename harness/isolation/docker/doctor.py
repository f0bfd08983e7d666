"""What `doctor` asks of the engine before it tries a stack, each with the command that helps."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker

from harness.experiment.envelope import Envelope, shortages
from harness.isolation.docker.base_image import DEBIAN, ROOTFS
from harness.isolation.docker.engine import EngineError, client, compose_command, engine_answers
from harness.isolation.docker.reach import find_address
from harness.isolation.protocol import Finding, unlimited_swap

_MEMORY_BYTES = 9 * 10**9
_FULL_BYTES, _TIGHT_BYTES = 10**9, 8 * 10**9
_REGISTRY_LIMIT_S = 3
_LIMITS = {"CpuCfsQuota": "CPU time", "MemoryLimit": "memory", "CPUSet": "which CPUs"}

Info = Mapping[str, Any]
"""What the engine tells of itself."""


def examine() -> list[Finding]:
    """Look at everything that stacks in containers need; the first thing that is missing ends it."""
    try:
        with engine_answers():
            info = client().info()
        here = info["Name"] == socket.gethostname()
        if (address := find_address()).remote and not here:
            words = f"the Docker engine at {address} is on another machine: a stack needs this one's files and loopback"
            return [Finding("missing", words, address.other)]
        findings = [
            Finding("ok", f"Docker engine {info['ServerVersion']} on {info['Driver']}"),
            Finding("ok", f"Compose: {' '.join(compose_command())}"),
            *warnings(info),
        ]
        with engine_answers("no image registry answers, and mmdebstrap is missing", "sudo apt-get install mmdebstrap"):
            _look_for_a_base()
    except EngineError as error:
        return [Finding("missing", str(error), error.remedy)]
    return [*findings, disk(info)] if here else findings


def warnings(info: Info) -> list[Finding]:
    """Return what of an engine shows in the numbers."""
    unlimited = " and ".join(word for flag, word in _LIMITS.items() if not info.get(flag))
    short = shortages(Envelope(), info["NCPU"], Envelope().memory_bytes)
    lacks = [
        (
            info["Driver"] == "fuse-overlayfs",
            "storage driver fuse-overlayfs: imports took 10 to 40 % longer on it than on a volume, and varied more",
            'set "storage-driver": "overlay2" in /etc/docker/daemon.json, then: sudo systemctl restart docker',
        ),
        (
            unlimited,
            f"the engine cannot limit {unlimited}: a stack may take more than its share",
            "delegate these controllers: https://rootlesscontaine.rs/getting-started/common/cgroup2/",
        ),
        (
            info["MemTotal"] < _MEMORY_BYTES,
            f"{info['MemTotal'] / 1e9:.0f} GB of memory: a stack's two containers may use 4 GiB each",
            "give the engine 9 GB or more",
        ),
        *((True, each, "give the engine two CPUs") for each in short),
    ]
    found = [Finding("warning", what, remedy) for there, what, remedy in lacks if there]
    return found if info.get("SwapLimit") else [*found, unlimited_swap("the engine cannot limit swap")]


def disk(info: Info) -> Finding:
    """Judge the disk that the engine keeps images on, where that is a disk of this host."""
    folder = Path(info["DockerRootDir"])
    # Only root may look into it; its parents are on the same disk or nobody knows.
    while not os.access(folder, os.F_OK) and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:.1f} GB free for the engine's images"
    if free < _FULL_BYTES:
        return Finding("missing", f"the engine's disk is full: {said}", "docker system prune")
    if free < _TIGHT_BYTES:
        return Finding("warning", f"{said}: all of ours take about 8", "docker system prune")
    return Finding("ok", said)


def _look_for_a_base() -> None:
    """Look for a base image or the means to make one."""
    if not client().images.list(ROOTFS) and not shutil.which("mmdebstrap"):
        # A registry that cannot be reached may take minutes to say so.
        docker.from_env(timeout=_REGISTRY_LIMIT_S).images.get_registry_data(DEBIAN, auth_config={})
