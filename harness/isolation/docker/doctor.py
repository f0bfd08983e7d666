"""What stacks in containers need of an engine: the checks of `doctor`, each with a remedy, and one clock."""

import os
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope, shortages
from harness.isolation.docker.compose import compose_command
from harness.isolation.protocol import Diagnosis, unlimited_swap
from harness.provision.docker.base_image import BASE, DEBIAN, ROOTFS
from harness.provision.docker.engine import EngineError, client, engine_answers, labels, remote_engine, run_container

_MEMORY_BYTES = 9 * 10**9
_FULL_BYTES, _TIGHT_BYTES = 10**9, 8 * 10**9
_REGISTRY_LIMIT_S = 3
_LIMITS = {"CpuCfsQuota": "CPU time", "MemoryLimit": "memory", "CPUSet": "the choice of CPUs"}
_WITHOUT = "orchbench bench --isolation process"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STAMP = f"import time; print(open({str(_BOOT)!r}).read().strip(), time.monotonic_ns())"

Info = Mapping[str, Any]
"""The engine's description of itself."""


class ClockError(HarnessError):
    """Containers and the harness have different clocks, so latencies cannot be measured."""


def examine() -> list[Diagnosis]:
    """Check everything that stacks in containers need, up to the first missing thing."""
    try:
        with engine_answers():
            info = client().info()
        here = info["Name"] == socket.gethostname()
        if (url := remote_engine()) and not here:
            words = f"the Docker engine at {url} is on another machine, but stacks need this one's files"
            return [Diagnosis("missing", words, "unset DOCKER_HOST; docker context use default")]
        findings = [
            Diagnosis("ok", f"Docker engine {info['ServerVersion']} on {info['Driver']}"),
            Diagnosis("ok", f"Compose: {' '.join(compose_command())}"),
            *warnings(info),
        ]
        with engine_answers("no image registry responds, and mmdebstrap is missing", "sudo apt-get install mmdebstrap"):
            if not client().images.list(ROOTFS) and not shutil.which("mmdebstrap"):
                # An unreachable registry may take minutes to fail.
                docker.from_env(timeout=_REGISTRY_LIMIT_S).images.get_registry_data(DEBIAN, auth_config={})
    except EngineError as error:
        return [Diagnosis("missing", str(error), error.remedy)]
    return [*findings, disk(info)] if here else findings


def warnings(info: Info) -> list[Diagnosis]:
    """Return warnings about an engine that affect the numbers."""
    lacks: dict[str, str] = {}
    if info["Driver"] == "fuse-overlayfs":
        what = "storage driver fuse-overlayfs: imports took 10 to 40% longer than on a volume, and varied more"
        lacks[what] = 'set "storage-driver": "overlay2" in /etc/docker/daemon.json, then: sudo systemctl restart docker'
    if unlimited := " and ".join(word for flag, word in _LIMITS.items() if not info.get(flag)):
        what = f"the engine cannot limit {unlimited}, so a stack can use more than its share"
        lacks[what] = "delegate these controllers: https://rootlesscontaine.rs/getting-started/common/cgroup2/"
    if info["MemTotal"] < _MEMORY_BYTES:
        what = f"{info['MemTotal'] / 1e9:.0f} GB of memory, but a stack's two containers can use 4 GiB each"
        lacks[what] = "give the engine 9 GB or more"
    lacks |= dict.fromkeys(shortages(Envelope(), info["NCPU"], Envelope().memory_bytes), "give the engine two CPUs")
    found = [Diagnosis("warning", what, remedy) for what, remedy in lacks.items()]
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


def demand_one_clock() -> None:
    """Raise `ClockError` if containers have another boot or clock, because latencies take stamps from both sides."""
    before_ns = time.monotonic_ns()
    # Under limits, as stacks are: an engine that can set none says so here.
    limits: dict[str, Any] = {"nano_cpus": 10**9, "mem_limit": "1g", "network_mode": "none", "use_config_proxy": False}
    with engine_answers("the Docker engine could not run a container", remedy=_WITHOUT):
        output = run_container(BASE, ["python3", "-c", _STAMP], labels=labels("clock"), **limits)
    demand_same(output.decode(), _BOOT.read_text().strip(), before_ns, time.monotonic_ns())


def demand_same(told: str, boot: str, before_ns: int, after_ns: int) -> None:
    """Compare a container's boot and clock with this host's, before and after the reading."""
    inside, _, stamp_ns = told.strip().partition(" ")
    if inside != boot or not stamp_ns.isdigit() or not before_ns <= int(stamp_ns) <= after_ns:
        raise ClockError(
            "containers do not share this host's clock, because the engine runs in a virtual machine. "
            "Run orchbench there, or without containers",
            remedy=_WITHOUT,
        )
