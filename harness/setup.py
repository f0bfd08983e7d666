"""Setup cost: what the lock weighs, and how long it takes to install from wheels already at hand."""

import re
import time
from pathlib import Path

from docker.errors import ContainerError, DockerException
from docker.models.images import Image
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from harness.engine import LABEL, client
from harness.images import BASE, BuildError, fetch_wheels, wheels_folder
from harness.orchestrator import REPOSITORY, Manifest
from harness.records import SetupRecord
from harness.stack import Envelope


def measure_setup(manifest: Manifest, profile: str, image: Image, envelope: Envelope) -> SetupRecord:
    """Install the lock once, in a fresh container of the base image with no network, and return what it took.

    Raises `BuildError` when the install fails.
    """
    fetch_wheels(manifest, say=lambda _: None)
    folder = wheels_folder(manifest)
    wheels = _wheels_of(manifest)
    mounts = {
        folder: "/wheels",
        REPOSITORY / "compose" / "install": "/install",
        manifest.lock: "/requirements.lock",
    }
    try:
        output = client().containers.run(
            BASE,
            ["/install", "/wheels", "/requirements.lock", "/home/orchbench/venv"],
            remove=True,
            network_mode="none",
            user="orchbench",
            nano_cpus=int(envelope.cpus * 1e9),
            mem_limit=envelope.memory_bytes,
            cap_drop=["ALL"],
            volumes={str(path): {"bind": inside, "mode": "ro"} for path, inside in mounts.items()},
            labels={LABEL: "install"},
        )
    except ContainerError as error:
        raise BuildError(f"{manifest.name}: its lock could not be installed:\n{str(error)[-1500:]}") from error
    except DockerException as error:
        raise BuildError(f"{manifest.name}: its lock could not be installed: {error}") from error
    timed = re.search(r"install_s=([\d.]+)", str(output, "utf-8"))
    if timed is None:
        raise BuildError(f"{manifest.name}: the install told no time: {output[-500:]!r}")
    return SetupRecord(
        at_s=time.time(),
        orchestrator=manifest.name,
        profile=profile,
        cpus=envelope.cpus,
        memory_bytes=envelope.memory_bytes,
        download_bytes=sum(wheel.stat().st_size for wheel in wheels),
        packages=len(wheels),
        install_s=float(timed[1]),
        image_bytes=image.attrs["Size"],
    )


def _wheels_of(manifest: Manifest) -> list[Path]:
    """Return the wheels that the lock names; the cache may hold the installer's and older ones as well."""
    pins = {
        (canonicalize_name(name), Version(version))
        for name, version in re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", manifest.lock.read_text(), re.MULTILINE)
    }
    return [path for path in wheels_folder(manifest).glob("*.whl") if parse_wheel_filename(path.name)[:2] in pins]
