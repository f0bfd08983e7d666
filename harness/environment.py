"""Where and with what a benchmark was made: `environment.json`, which a report needs beside the records."""

import hashlib
import os
import platform
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from docker.models.images import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from harness.engine import client
from harness.orchestrator import REPOSITORY, Manifest, Setting
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
    poll_period_s: float
    lock_sha256: str
    image_id: str
    profiles: dict[str, dict[str, Setting]]


class Environment(_Model):
    """Everything a reader needs to judge a benchmark's numbers; `ended_s` is `None` until its plan is done."""

    machine: Machine
    engine: Engine
    systems: list[System]
    warehouse_image_id: str
    cpus: float
    memory_bytes: int
    preset: str
    laps: int
    seed: int
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
        preset=preset,
        laps=laps,
        seed=seed,
        commit=_git("rev-parse", "HEAD"),
        dirty=bool(_git("status", "--porcelain")),
        started_s=started_s,
    )


def write_environment(folder: Path, environment: Environment) -> None:
    """Write `environment.json` whole or not at all."""
    write_json(folder / ENVIRONMENT, environment.model_dump(mode="json"))


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
        first = error.errors()[0]
        raise RecordError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _system(manifest: Manifest, image: Image) -> System:
    return System(
        name=manifest.name,
        title=manifest.title,
        homepage=str(manifest.homepage),
        version=manifest.version,
        baseline=manifest.baseline,
        poll_period_s=manifest.poll_period_s,
        lock_sha256=hashlib.sha256(manifest.lock.read_bytes()).hexdigest(),
        image_id=image.id or "",
        profiles={name: profile.settings for name, profile in manifest.profiles.items()},
    )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
