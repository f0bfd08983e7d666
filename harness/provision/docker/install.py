"""The install of a lock, timed: in a fresh container of the base image, under an envelope, with no network."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from docker.models.containers import Container
from docker.types import Mount

from harness.experiment.envelope import Envelope
from harness.in_time import OutOfTime
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import BUILD_LIMIT_S, BuildError, Install
from harness.provision.docker.base_image import BASE
from harness.provision.docker.bounded import run_inside
from harness.provision.docker.engine import ENGINE_FAILS, client, engine_answers, labels
from harness.provision.docker.wheels import fetch_wheels
from harness.provision.output import last_lines, note
from harness.provision.run_folders import short_lived
from harness.provision.wheels import wheels_folder, wheels_of

_INSTALL = "exec /inputs/install /wheels /inputs/requirements.lock /opt/venv"


def time_install(manifest: Manifest, envelope: Envelope) -> Install:
    """Install an orchestrator's lock into a temporary container, and return the cost.

    Raises `BuildError` if a download or the install fails.
    """
    fetch_wheels(manifest, say=lambda _: None)
    with (
        engine_answers(f"{manifest.name}: the locked dependencies could not be installed", kind=BuildError),
        workroom(manifest, BASE, envelope) as container,
    ):
        return install_in(container, manifest)


def install_in(container: Container, manifest: Manifest) -> Install:
    """Install downloaded wheels in a container, and return the cost. Raises `BuildError`."""
    said = run_in(container, manifest, _INSTALL)
    timed = re.search(rb"install_s=([\d.]+)", said)
    if timed is None:
        raise BuildError(f"{manifest.name}: the install reported no duration: {said[-500:]!r}")
    wheels = wheels_of(manifest)
    return Install(sum(wheel.stat().st_size for wheel in wheels), len(wheels), float(timed[1]))


@contextmanager
def workroom(manifest: Manifest, image: str, envelope: Envelope) -> Iterator[Container]:
    """Start a container that waits to be worked in: no network, an envelope's limits, and an orchestrator's wheels."""
    # If only code has changed, nothing is downloaded and there may be no wheels.
    wheels_folder(manifest).mkdir(parents=True, exist_ok=True)
    with short_lived("install") as folder:
        inputs = folder / "inputs"
        inputs.mkdir()
        inputs.chmod(0o755)
        # A checkout's files may only be readable by their owner, and the container's user may differ.
        for source, name in ((COMPOSE / "install", "install"), (manifest.lock, "requirements.lock")):
            shutil.copyfile(source, inputs / name)
            (inputs / name).chmod(0o755)
        places = {"/wheels": wheels_folder(manifest), "/inputs": inputs}
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
            mounts=[Mount(inside, str(path), type="bind", read_only=True) for inside, path in places.items()],
            use_config_proxy=False,
            labels=labels("install"),
        )
        try:
            yield container
        finally:
            # What is left over carries our label, and goes before the next benchmark.
            with suppress(*ENGINE_FAILS):
                container.remove(force=True)


def run_in(container: Container, manifest: Manifest, script: str) -> bytes:
    """Run a shell script in a container and return its output. Raises `BuildError` with its last lines."""
    try:
        code, output = run_inside(container, ["sh", "-c", script], BUILD_LIMIT_S, user="root", workdir="/")
    except OutOfTime as error:
        raise BuildError(f"{manifest.name}: the build failed: {error}") from error
    said = output if isinstance(output, bytes) else b""
    note(manifest.name, said)
    if code != 0:
        raise BuildError(f"{manifest.name}: the build failed:\n{last_lines(said)}")
    return said
