"""What `doctor` asks of the engine, each with the command that helps. What can be tried out is tried out."""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker

from harness.experiment.envelope import Envelope, shortages
from harness.isolation.docker.base_image import DEBIAN, ROOTFS
from harness.isolation.docker.engine import ENGINE_FAILS, EngineError, client, compose_command
from harness.isolation.docker.reach import find_address
from harness.isolation.docker.rehearsal import rehearse
from harness.isolation.protocol import Finding
from harness.isolation.swap import unlimited_swap

_MEMORY_BYTES = 9 * 10**9
_FULL_BYTES, _TIGHT_BYTES = 10**9, 8 * 10**9
_REGISTRY_LIMIT_S = 3
_COMPOSE_LIMIT_S = 20
_PROJECT = "services: {doctor: {image: none}}\n"
_KINDS = {"name=rootless": "rootless", "name=userns": "user namespaces remapped", "name=selinux": "SELinux"}

Info = Mapping[str, Any]
"""What the engine tells of itself."""


def examine() -> list[Finding]:
    """Look at everything that stacks in containers need."""
    try:
        info = client().info()
    except EngineError as error:
        return [Finding("missing", str(error), error.remedy), _compose()]
    except ENGINE_FAILS as error:
        return [Finding("missing", f"the Docker engine went away: {error}", "sudo systemctl restart docker")]
    here = info["Name"] == socket.gethostname()
    if find_address().remote and not here:
        return [_elsewhere()]
    findings = [
        engine_kind(info),
        storage(info),
        limits(info),
        *swap(info),
        memory(info),
        *cpus(info),
        _compose(),
        _rootfs(),
    ]
    if here:
        findings.append(disk(info))
    try:
        return [*findings, *rehearse()]
    except EngineError as error:
        return [*findings, Finding("missing", str(error), "sudo systemctl restart docker")]


def engine_kind(info: Info) -> Finding:
    """Say which engine it is, and what is special about it."""
    options = {option.partition(",")[0] for option in info.get("SecurityOptions") or []}
    kinds = [kind for option, kind in _KINDS.items() if option in options]
    return Finding("ok", ", ".join([f"Docker engine {info['ServerVersion']}", *kinds]))


def storage(info: Info) -> Finding:
    """Judge the storage driver, which shows in the numbers."""
    if info["Driver"] == "fuse-overlayfs":
        return Finding(
            "warning",
            "storage driver fuse-overlayfs: imports took 10 to 40 % longer on it than on a volume, and varied more",
            'set "storage-driver": "overlay2" in /etc/docker/daemon.json, then: sudo systemctl restart docker',
        )
    return Finding("ok", f"storage driver {info['Driver']}")


def limits(info: Info) -> Finding:
    """Judge whether the engine holds a stack to its envelope."""
    words = {"CpuCfsQuota": "CPU time", "MemoryLimit": "memory", "CPUSet": "which CPUs"}
    missing = [word for flag, word in words.items() if not info.get(flag)]
    if missing:
        return Finding(
            "warning",
            f"the engine cannot limit {' and '.join(missing)}: a stack may take more than its share",
            "delegate these controllers: https://rootlesscontaine.rs/getting-started/common/cgroup2/",
        )
    return Finding("ok", "the engine limits CPU and memory")


def swap(info: Info) -> list[Finding]:
    """Say so where the kernel keeps no account of swap, so that the engine drops its limit without an error."""
    if info.get("SwapLimit"):
        return []
    return [unlimited_swap("the engine cannot limit swap")]


def memory(info: Info) -> Finding:
    """Judge the engine's memory."""
    if info["MemTotal"] < _MEMORY_BYTES:
        return Finding(
            "warning",
            f"{info['MemTotal'] / 1e9:.0f} GB of memory: a stack's two containers may use 4 GiB each",
            "give the engine 9 GB or more",
        )
    return Finding("ok", f"{info['MemTotal'] / 1e9:.0f} GB of memory")


def cpus(info: Info) -> list[Finding]:
    """Say so where the engine has fewer CPUs than a stack is meant to have."""
    short = shortages(Envelope(), info["NCPU"], Envelope().memory_bytes)
    return [Finding("warning", each, "give the engine two CPUs") for each in short]


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


def _elsewhere() -> Finding:
    address = find_address()
    return Finding(
        "missing",
        f"the Docker engine at {address} is on another machine: a stack needs this one's files and loopback",
        "unset DOCKER_HOST" if address.named_by == "DOCKER_HOST" else "docker context use default",
    )


def _compose() -> Finding:
    """Try out whether Compose starts and reaches the engine: 1.29 does not with newer libraries of its own."""
    try:
        command = compose_command()
        done = subprocess.run(
            [*command, "-f", "-", "-p", "orchbench-doctor", "ps", "-q"],
            input=_PROJECT,
            capture_output=True,
            text=True,
            timeout=_COMPOSE_LIMIT_S,
            check=False,
        )
    except EngineError as error:
        return Finding("missing", str(error), error.remedy)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("missing", f"Compose does not answer: {error}", "docker compose version")
    if done.returncode:
        words = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Finding(
            "missing", f"{' '.join(command)} does not reach the engine: {words}", "sudo apt-get install docker-compose"
        )
    return Finding("ok", f"Compose: {' '.join(command)}")


def _rootfs() -> Finding:
    try:
        if client().images.list(ROOTFS) or shutil.which("mmdebstrap"):
            return Finding("ok", "a base image, or the means to make one")
        # A registry that cannot be reached may take minutes to say so.
        with_limit = docker.from_env(timeout=_REGISTRY_LIMIT_S)
        with_limit.images.get_registry_data(DEBIAN, auth_config={})
    except ENGINE_FAILS as error:
        return Finding(
            "missing",
            f"no image registry answers ({str(error).splitlines()[0]}), and mmdebstrap is missing",
            "sudo apt-get install mmdebstrap",
        )
    return Finding("ok", "an image registry answers")
