"""The install of a lock, timed: once, in a fresh container of the base image with no network."""

import re

from docker.errors import ContainerError, DockerException

from harness.experiment.envelope import Envelope
from harness.isolation.docker.base import BASE
from harness.isolation.docker.engine import LABEL, client
from harness.isolation.docker.wheels import fetch_wheels, wheels_folder, wheels_of
from harness.isolation.protocol import BuildError, Install
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE


def time_install(manifest: Manifest, envelope: Envelope) -> Install:
    """Install an orchestrator's lock from wheels at hand, and return what it took.

    Raises `BuildError` when the install fails.
    """
    fetch_wheels(manifest, say=lambda _: None)
    wheels = wheels_of(manifest)
    mounts = {
        wheels_folder(manifest): "/wheels",
        COMPOSE / "install": "/install",
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
    return Install(sum(wheel.stat().st_size for wheel in wheels), len(wheels), float(timed[1]))
