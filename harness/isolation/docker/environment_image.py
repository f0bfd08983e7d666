"""An orchestrator's environment as an image: its lock, installed by uv into the base.

uv runs in a container whose own configuration knows no proxy, index or certificate: those are told to the one command
alone, so none of them enters the image. What uv downloads stays in a volume of the engine and serves the next build.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import stamina
from docker.errors import DockerException, NotFound
from docker.models.containers import Container
from docker.types import Mount

from harness.isolation.docker.base_image import BASE
from harness.isolation.docker.build import INPUTS, last_lines
from harness.isolation.docker.engine import EngineError, client, labels
from harness.isolation.docker.wheels import download_settings
from harness.isolation.protocol import BuildError, Built, Say
from harness.isolation.wheels import INSTALLER_LOCK
from harness.orchestrators.manifest import Manifest

CACHE_VOLUME = "orchbench-uv"
_TRIES = 3
# The first build puts uv itself, by the base's pip and the hashed lock, into the volume.
_SCRIPT = """
set -eu
uv=/cache/uv-$1/bin/uv
if [ ! -x "$uv" ]; then
    python3 -m venv "/cache/uv-$1"
    "/cache/uv-$1/bin/pip" install --quiet --require-hashes -r /locks/installer.lock
fi
export UV_CACHE_DIR=/cache/wheels UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
rm -rf /opt/venv
"$uv" venv --quiet /opt/venv
# Byte-compiled, or each process that a tool spawns would compile its imports again.
"$uv" pip sync --quiet --python /opt/venv --require-hashes --compile-bytecode /locks/requirements.lock
"""


def environment_name(manifest: Manifest) -> str:
    """Return the name of the image that holds an orchestrator's environment."""
    return f"orchbench/{manifest.name}-environment:{manifest.version}"


def ensure_environment(manifest: Manifest, base: Built, say: Say) -> Built:
    """Make the image of an orchestrator's environment where it is missing or outdated.

    Raises `BuildError` with uv's last lines when the install fails for good.
    """
    name = environment_name(manifest)
    inputs = hashlib.sha256(
        f"{base.inputs_sha256}\n{_SCRIPT}".encode() + INSTALLER_LOCK.read_bytes() + manifest.lock.read_bytes()
    ).hexdigest()
    engine = client()
    try:
        image = engine.images.get(name)
        if image.labels.get(INPUTS) == inputs:
            return Built(image.id or "", inputs, image.attrs["Size"])
    except NotFound:
        pass
    say(f"{manifest.name}: installing its environment")
    try:
        with _container(manifest) as container:
            for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None, wait_initial=2.0):
                with attempt:
                    _install(container, manifest)
            say(f"{manifest.name}: keeping its environment as an image")
            repository, _, tag = name.partition(":")
            image = container.commit(repository, tag, conf={"Labels": {INPUTS: inputs}})
    except DockerException as error:
        raise EngineError(f"the engine could not make the environment of {manifest.name}: {error}") from error
    return Built(image.id or "", inputs, image.attrs["Size"])


@contextmanager
def _container(manifest: Manifest) -> Iterator[Container]:
    """Start a container to install in, with the host's network and a volume for what is downloaded."""
    binds, _ = download_settings()
    binds |= {
        str(INSTALLER_LOCK): {"bind": "/locks/installer.lock", "mode": "ro"},
        str(manifest.lock): {"bind": "/locks/requirements.lock", "mode": "ro"},
    }
    # Mounts and not volumes: the engine would write those into the image, and mount them again.
    mounts = [Mount(each["bind"], path, type="bind", read_only=each["mode"] == "ro") for path, each in binds.items()]
    container = client().containers.run(
        BASE,
        ["sleep", "infinity"],
        detach=True,
        network_mode="host",
        mounts=[*mounts, Mount("/cache", CACHE_VOLUME, type="volume")],
        security_opt=["label=disable"],
        use_config_proxy=False,
        labels=labels("environment"),
    )
    try:
        yield container
    finally:
        container.remove(force=True)


def _install(container: Container, manifest: Manifest) -> None:
    _, environment = download_settings()
    key = hashlib.sha256(INSTALLER_LOCK.read_bytes()).hexdigest()[:12]
    code, output = container.exec_run(["sh", "-c", _SCRIPT, "install", key], environment=environment, user="root")
    if code != 0:
        words = last_lines(output if isinstance(output, bytes) else b"")
        raise BuildError(f"{manifest.name}: its environment could not be installed:\n{words}")
