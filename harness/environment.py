"""Where and with what a benchmark was made: `environment.json`, which a report needs beside the records."""

import hashlib
import json
import os
import platform
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from docker.models.images import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from harness.engine import client
from harness.malformed import first_fault
from harness.orchestrator import REPOSITORY, Manifest, Profile
from harness.pinning import Pinning
from harness.plan import PlannedRound, plan_json
from harness.records import RecordError, write_json
from harness.stack import Envelope

ENVIRONMENT = "environment.json"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Machine(_Model):
    """The host."""

    host: str
    cpu_model: str
    cpus: int
    memory_bytes: int
    kernel: str
    os: str


class Engine(_Model):
    """The Docker engine."""

    version: str
    storage_driver: str
    cgroup_version: str


class System(_Model):
    """One orchestrator as it took part: its manifest's words, its locked version, its image and its settings."""

    name: str
    title: str
    homepage: str
    version: str
    baseline: bool
    lock_sha256: str
    image_id: str
    profiles: dict[str, Profile]


class Environment(_Model):
    """Everything a reader needs to judge a benchmark's numbers; `ended_s` is `None` until its plan is done."""

    machine: Machine
    engine: Engine
    systems: list[System]
    warehouse_image_id: str
    cpus: float
    memory_bytes: int
    pinning: Pinning
    preset: str
    laps: int
    seed: int
    plan_sha256: str
    commit: str
    dirty: bool
    started_s: float
    ended_s: float | None = None

    def mismatch(self, other: "Environment") -> str:
        """Say in one sentence why records made under `other` may not be mixed with ours; empty when they may."""
        if self.machine != other.machine:
            return f"it was made on another machine ({self.machine.host}, {self.machine.cpu_model})"
        if self.engine != other.engine:
            return f"it was made with another engine ({self.engine.version}, {self.engine.storage_driver})"
        if self.warehouse_image_id != other.warehouse_image_id:
            return "it was made with another warehouse image"
        theirs = {system.name: system for system in other.systems}
        for system in self.systems:
            if system != theirs.get(system.name):
                return f"it was made with another image or manifest of {system.name}"
        if (self.cpus, self.memory_bytes) != (other.cpus, other.memory_bytes):
            return "it was made under another envelope"
        if self.pinning != other.pinning:
            return "it was made on other CPUs"
        return ""


def describe(
    manifests: Sequence[Manifest],
    images: Mapping[str, Image],
    warehouse: Image,
    envelope: Envelope,
    *,
    preset: str,
    laps: int,
    seed: int,
    plan: Sequence[PlannedRound],
    pinning: Pinning,
    started_s: float,
) -> Environment:
    """Look at this machine, its engine, the images and the checkout."""
    info = client().info()
    return Environment(
        machine=Machine(
            host=socket.gethostname(),
            cpu_model=_cpu_model(),
            cpus=os.cpu_count() or 0,
            memory_bytes=info["MemTotal"],
            kernel=platform.release(),
            os=info["OperatingSystem"],
        ),
        engine=Engine(
            version=info["ServerVersion"],
            storage_driver=info["Driver"],
            cgroup_version=info.get("CgroupVersion", "1"),
        ),
        systems=[_system(manifest, images[manifest.name]) for manifest in manifests],
        warehouse_image_id=warehouse.id or "",
        cpus=envelope.cpus,
        memory_bytes=envelope.memory_bytes,
        pinning=pinning,
        preset=preset,
        laps=laps,
        seed=seed,
        plan_sha256=hashlib.sha256(plan_json(plan)).hexdigest(),
        commit=_git("rev-parse", "HEAD"),
        dirty=bool(_git("status", "--porcelain")),
        started_s=started_s,
    )


def genesis(folder: Path) -> str:
    """Return what the first record is chained to: the digest of `environment.json` but for the end, which comes later.

    It is taken from the file and not from `Environment`, so that a field that is added here breaks no older chain.
    Raises `RecordError` when there is no such file, or no JSON object in it.
    """
    path = folder / ENVIRONMENT
    try:
        content = json.loads(path.read_bytes())
        content.pop("ended_s", None)
    except (OSError, ValueError, AttributeError) as error:
        raise RecordError(f"{path}: {error}") from error
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def write_environment(folder: Path, environment: Environment) -> None:
    """Write `environment.json` whole or not at all."""
    write_json(folder / ENVIRONMENT, environment.model_dump(mode="json"))


def end_environment(folder: Path, ended_s: float) -> None:
    """Put the end into `environment.json`, and leave everything else in it as it was written."""
    path = folder / ENVIRONMENT
    write_json(path, {**json.loads(path.read_bytes()), "ended_s": ended_s})


def read_environment(folder: Path) -> Environment:
    """Read `environment.json`.

    Raises `RecordError` naming the file and the field that is wrong.
    """
    path = folder / ENVIRONMENT
    try:
        return Environment.model_validate_json(path.read_text())
    except FileNotFoundError as error:
        raise RecordError(f"{path} is missing; {folder} is no benchmark's folder") from error
    except ValidationError as error:
        raise RecordError(f"{path}: {first_fault(error)}") from error


def _system(manifest: Manifest, image: Image) -> System:
    return System(
        name=manifest.name,
        title=manifest.title,
        homepage=str(manifest.homepage),
        version=manifest.version,
        baseline=manifest.baseline,
        lock_sha256=hashlib.sha256(manifest.lock.read_bytes()).hexdigest(),
        image_id=image.id or "",
        profiles=manifest.profiles,
    )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
