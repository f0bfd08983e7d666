"""The install of a lock, timed: once, in a fresh container of the base image with no network."""

import re
import shutil
import tempfile
from pathlib import Path

from docker.errors import ContainerError, DockerException

from harness.experiment.envelope import Envelope
from harness.isolation.docker.base_image import BASE
from harness.isolation.docker.engine import LABEL, client, labels
from harness.isolation.docker.wheels import fetch_wheels
from harness.isolation.protocol import BuildError, Install
from harness.isolation.wheels import wheels_folder, wheels_of
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE, RUNS


def time_install(manifest: Manifest, envelope: Envelope) -> Install:
    """Install an orchestrator's lock from wheels at hand, and return what it took.

    Raises `BuildError` when the install fails.
    """
    fetch_wheels(manifest, say=lambda _: None)
    wheels = wheels_of(manifest)
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RUNS, prefix=f"{LABEL}-install-") as folder:
        output = _install(manifest, envelope, Path(folder))
    timed = re.search(r"install_s=([\d.]+)", str(output, "utf-8"))
    if timed is None:
        raise BuildError(f"{manifest.name}: the install told no time: {output[-500:]!r}")
    return Install(sum(wheel.stat().st_size for wheel in wheels), len(wheels), float(timed[1]))


def _install(manifest: Manifest, envelope: Envelope, folder: Path) -> bytes:
    """Run the install in a container, and return what it printed."""
    folder.chmod(0o755)
    # A checkout's own files may be for its owner alone, and the container's user is somebody else.
    for source, name in ((COMPOSE / "install", "install"), (manifest.lock, "requirements.lock")):
        shutil.copyfile(source, folder / name)
        (folder / name).chmod(0o755)
    mounts = {wheels_folder(manifest): "/wheels", folder: "/inputs"}
    try:
        return client().containers.run(
            BASE,
            ["/inputs/install", "/wheels", "/inputs/requirements.lock", "/home/orchbench/venv"],
            remove=True,
            network_mode="none",
            user="orchbench",
            nano_cpus=int(envelope.cpus * 1e9),
            mem_limit=envelope.memory_bytes,
            memswap_limit=envelope.memory_bytes,
            cap_drop=["ALL"],
            security_opt=["label=disable"],
            volumes={str(path): {"bind": inside, "mode": "ro"} for path, inside in mounts.items()},
            use_config_proxy=False,
            labels=labels("install"),
        )
    except ContainerError as error:
        raise BuildError(f"{manifest.name}: its lock could not be installed:\n{str(error)[-1500:]}") from error
    except DockerException as error:
        raise BuildError(f"{manifest.name}: its lock could not be installed: {error}") from error
