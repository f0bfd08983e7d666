"""The install of a lock, timed: in a fresh container of the base image, under an envelope, with no network."""

import platform
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from docker.models.containers import Container
from docker.types import Mount

from harness.experiment.envelope import Envelope
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import BUILD_LIMIT_S, BuildError, Install, Say
from harness.provision.commands import last_lines, note
from harness.provision.docker.base_image import BASE
from harness.provision.docker.engine import ENGINE_FAILS, client, engine_answers, labels, run_inside
from harness.provision.installers import PYTHON
from harness.provision.run_folders import short_lived
from harness.provision.wheels import INSTALLER_LOCK, fetch_wheels, install_of, wheels_folder

_INSTALL = "exec /inputs/install /wheels /inputs/requirements.lock /opt/venv"
_GLIBC = [f"manylinux_2_{minor}" for minor in range(36, 4, -1)]
"""What the base image can run, best first (PEP 600): Debian bookworm has glibc 2.36."""
_GLIBC.insert(_GLIBC.index("manylinux_2_16"), "manylinux2014")
TARGET = [f"--python-version={PYTHON}", *(f"--platform={each}_{platform.machine()}" for each in _GLIBC)]
"""pip's options for wheels of the base image."""


def time_install(manifest: Manifest, envelope: Envelope) -> Install:
    """Install an orchestrator's lock into a temporary container, and return the cost. Raises `BuildError`."""
    fetch(manifest, say=lambda _: None)
    with (
        engine_answers(f"{manifest.name}: the locked dependencies could not be installed", kind=BuildError),
        workroom(manifest, BASE, envelope) as container,
    ):
        return install_in(container, manifest)


def install_in(container: Container, manifest: Manifest) -> Install:
    """Install downloaded wheels in a container, and return the cost. Raises `BuildError`."""
    said = run_in(container, manifest, _INSTALL)
    timed = re.search(r"install_s=([\d.]+)", said)
    if timed is None:
        raise BuildError(f"{manifest.name}: the install reported no duration: {said[-500:]!r}")
    return install_of(manifest.name, manifest.lock, float(timed[1]))


@contextmanager
def workroom(manifest: Manifest, image: str, envelope: Envelope) -> Iterator[Container]:
    """Start a container that waits to be worked in: no network, an envelope's limits, and an orchestrator's wheels."""
    # If only code has changed, nothing is downloaded and there may be no wheels.
    wheels = wheels_folder(manifest.name)
    wheels.mkdir(parents=True, exist_ok=True)
    with short_lived("install") as folder:
        inputs = folder / "inputs"
        inputs.mkdir()
        inputs.chmod(0o755)
        # A checkout's files may only be readable by their owner, and the container's user may differ.
        for source, name in ((COMPOSE / "install", "install"), (manifest.lock, "requirements.lock")):
            shutil.copyfile(source, inputs / name)
            (inputs / name).chmod(0o755)
        container = client().containers.run(
            image,
            ["infinity"],
            entrypoint=["sleep"],
            detach=True,
            network_mode="none",
            user="root",
            nano_cpus=int(envelope.cpus * 1e9),
            mem_limit=envelope.memory_bytes,
            memswap_limit=envelope.memory_bytes,
            cap_drop=["ALL"],
            cap_add=["CHOWN"],
            security_opt=["label=disable"],
            # Mounts and not volumes: the engine would write those into an image, and mount them again.
            mounts=[
                Mount(place, str(path), type="bind", read_only=True)
                for place, path in (("/wheels", wheels), ("/inputs", inputs))
            ],
            use_config_proxy=False,
            labels=labels("install"),
        )
        try:
            yield container
        finally:
            # What is left over carries our label, and goes before the next benchmark.
            with suppress(*ENGINE_FAILS):
                container.remove(force=True)


def run_in(container: Container, manifest: Manifest, script: str) -> str:
    """Run a shell script in a container and return its output. Raises `BuildError` with its last lines."""
    with engine_answers(f"{manifest.name}: the build failed", kind=BuildError):
        code, output = run_inside(container, ["sh", "-c", script], BUILD_LIMIT_S, user="root", workdir="/")
    said = output.decode(errors="replace") if isinstance(output, bytes) else ""
    note(manifest.name, said)
    if code != 0:
        raise BuildError(f"{manifest.name}: the build failed:\n{last_lines(said)}")
    return said


def fetch(manifest: Manifest, say: Say) -> None:
    """Download the wheels of an orchestrator's lock for the base image, and the installer's. Raises `BuildError`."""
    fetch_wheels(manifest.name, (INSTALLER_LOCK, manifest.lock), [sys.executable], say, TARGET)
