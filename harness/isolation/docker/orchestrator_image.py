"""An orchestrator's image: its environment and its code, put into a container of the base, which is then kept.

One commit and no Dockerfile: an engine may walk the whole tree for every layer, and an environment has up to 100,000
files. The first image of an environment keeps a name of its own, and where only code changed the next begins there.

uv runs in a container whose own configuration knows no proxy, index or certificate: those are told to the one command
alone, so none of them enters the image. What uv downloads stays in a volume of the engine and serves the next build.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import stamina
from docker.errors import DockerException
from docker.models.containers import Container
from docker.types import Mount

from harness.isolation.build_log import note
from harness.isolation.docker.base_image import BASE
from harness.isolation.docker.build import INPUTS, archive, built, find, last_lines
from harness.isolation.docker.engine import EngineError, client, labels
from harness.isolation.docker.wheels import download_settings
from harness.isolation.line_ends import demand_unix_lines
from harness.isolation.protocol import BuildError, Built, Say
from harness.isolation.sources import code_of, content_sha256
from harness.isolation.wheels import INSTALLER_LOCK
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE

CACHE_VOLUME = "orchbench-uv"
ENVIRONMENT = "orchbench.environment"
"""The label with the digest of all that went into an image's environment."""

_TRIES = 3
# The first build puts uv itself, by the base's pip and the hashed lock, into the volume.
_INSTALL = """
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
_MAKE_ROOM = "rm -rf /opt/orchbench && mkdir -p /opt/orchbench /state /landing /exchange"
_FINISH = """
set -eu
chown orchbench:orchbench /state /exchange
chmod -R go=rX /opt/orchbench
/opt/venv/bin/python -m compileall -q /opt/orchbench
"""
_CONFIGURATION = {
    "Env": [
        "VIRTUAL_ENV=/opt/venv",
        "PATH=/opt/venv/bin:/opt/orchbench/bin:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH=/opt/orchbench",
    ],
    "WorkingDir": "/opt/orchbench/pipeline",
    "Entrypoint": ["tini", "-g", "--"],
    "Cmd": ["./serve"],
    "User": "orchbench",
}


def image_name(manifest: Manifest) -> str:
    """Return the name of an orchestrator's image, tagged with the orchestrator's version."""
    return f"orchbench/{manifest.name}:{manifest.version}"


def ensure_image(manifest: Manifest, base: Built, say: Say) -> Built:
    """Make an orchestrator's image where it is missing or outdated.

    Raises `BuildError` with uv's last lines when the install fails for good, and `LineEndError`.
    """
    code = {"bin/wait_for_metadata": COMPOSE / "wait_for_metadata", **code_of(manifest)}
    environment = _sha256(base.inputs_sha256, _INSTALL, INSTALLER_LOCK.read_text(), manifest.lock.read_text())
    inputs = _sha256(environment, _MAKE_ROOM, _FINISH, json.dumps(_CONFIGURATION), content_sha256(code))
    if image := find(image_name(manifest), INPUTS, inputs):
        return built(image, inputs)
    demand_unix_lines([*code.values()])
    environment_name = f"orchbench/{manifest.name}-environment"
    begun = find(f"{environment_name}:{manifest.version}", ENVIRONMENT, environment)
    try:
        with _container(manifest, BASE if begun is None else str(begun.id)) as container:
            if begun is None:
                say(f"{manifest.name}: installing its environment")
                for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None, wait_initial=2.0):
                    with attempt:
                        _install(container, manifest)
            say(f"{manifest.name}: keeping its image")
            _run(container, manifest, _MAKE_ROOM)
            container.put_archive("/opt/orchbench", archive(code))
            _run(container, manifest, _FINISH)
            image = container.commit(
                f"orchbench/{manifest.name}",
                manifest.version,
                conf={**_CONFIGURATION, "Labels": {INPUTS: inputs, ENVIRONMENT: environment}},
            )
            if begun is None:
                image.tag(environment_name, manifest.version)
    except DockerException as error:
        raise EngineError(f"the engine could not make the image of {manifest.name}: {error}") from error
    return built(image, inputs)


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@contextmanager
def _container(manifest: Manifest, image: str) -> Iterator[Container]:
    """Start a container to work in, with the host's network and a volume for what is downloaded."""
    binds, _ = download_settings()
    binds |= {
        str(INSTALLER_LOCK): {"bind": "/locks/installer.lock", "mode": "ro"},
        str(manifest.lock): {"bind": "/locks/requirements.lock", "mode": "ro"},
    }
    # Mounts and not volumes: the engine would write those into the image, and mount them again.
    mounts = [Mount(each["bind"], path, type="bind", read_only=each["mode"] == "ro") for path, each in binds.items()]
    container = client().containers.run(
        image,
        ["infinity"],
        entrypoint=["sleep"],
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
    _run(container, manifest, _INSTALL, hashlib.sha256(INSTALLER_LOCK.read_bytes()).hexdigest()[:12], environment)


def _run(
    container: Container, manifest: Manifest, script: str, argument: str = "", environment: dict[str, str] | None = None
) -> None:
    command = ["sh", "-c", script, "orchbench", argument]
    code, output = container.exec_run(command, environment=environment, user="root", workdir="/")
    said = output if isinstance(output, bytes) else b""
    note(manifest.name, said)
    if code != 0:
        words = last_lines(said)
        raise BuildError(f"{manifest.name}: its image could not be made:\n{words}")
