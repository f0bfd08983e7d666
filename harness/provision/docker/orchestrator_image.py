"""Builds an orchestrator's image: its environment and code in a container of the base, which is then committed.

It uses one commit instead of a Dockerfile, because an engine may walk the whole tree for every layer. An
environment has up to 100,000 files. The first image of an environment has its own name. If only code has changed, the
next image starts from it.

The environment is installed from downloaded wheels in a container without a network, exactly like a timed install. So
no proxy, index or certificate gets into the image.
"""

import hashlib
import json
from pathlib import Path

from harness.experiment.envelope import Envelope
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import Built, Say
from harness.provision.docker.base_image import BASE
from harness.provision.docker.build import INPUTS, archive, built, find
from harness.provision.docker.engine import engine_answers
from harness.provision.docker.install import fetch, install_in, run_in, workroom
from harness.provision.sources import code_of, content_sha256, demand_unix_lines
from harness.provision.wheels import INSTALLER_LOCK

ENVIRONMENT = "orchbench.environment"
"""The label with the digest of all that went into an image's environment."""

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


def is_current(manifest: Manifest, base_sha256: str) -> bool:
    """Whether an orchestrator's image exists and is current."""
    return find(image_name(manifest), INPUTS, _digests(manifest, base_sha256)[1]) is not None


def ensure_image(manifest: Manifest, base: Built, envelope: Envelope, say: Say) -> Built:
    """Build an orchestrator's image if it is missing or outdated, with an envelope for its install.

    Raises `BuildError` with the last lines of the failed command, and `LineEndError`.
    """
    environment, inputs = _digests(manifest, base.inputs_sha256)
    if image := find(image_name(manifest), INPUTS, inputs):
        return built(image, inputs)
    code = _code(manifest)
    demand_unix_lines([*code.values(), COMPOSE / "install"])
    environment_name = f"orchbench/{manifest.name}-environment"
    begun = find(f"{environment_name}:{manifest.version}", ENVIRONMENT, environment)
    install = None
    if begun is None:
        fetch(manifest, say)
    with (
        engine_answers(f"the image of {manifest.name} could not be built"),
        workroom(manifest, BASE if begun is None else str(begun.id), envelope) as container,
    ):
        if begun is None:
            say(f"{manifest.name}: installing the environment")
            install = install_in(container, manifest)
        say(f"{manifest.name}: saving the image")
        run_in(container, manifest, _MAKE_ROOM)
        container.put_archive("/opt/orchbench", archive(code))
        run_in(container, manifest, _FINISH)
        image = container.commit(
            f"orchbench/{manifest.name}",
            manifest.version,
            conf={**_CONFIGURATION, "Labels": {INPUTS: inputs, ENVIRONMENT: environment}},
        )
        if begun is None:
            image.tag(environment_name, manifest.version)
    return built(image, inputs, install)


def _code(manifest: Manifest) -> dict[str, Path]:
    return {"bin/wait_for_metadata": COMPOSE / "wait_for_metadata", **code_of(manifest)}


def _digests(manifest: Manifest, base_sha256: str) -> tuple[str, str]:
    """Return the digests of all that goes into an orchestrator's environment, and of all that goes into its image."""
    script = (COMPOSE / "install").read_text()
    environment = _sha256(base_sha256, script, INSTALLER_LOCK.read_text(), manifest.lock.read_text())
    configuration = json.dumps(_CONFIGURATION)
    return environment, _sha256(environment, _MAKE_ROOM, _FINISH, configuration, content_sha256(_code(manifest)))


def _sha256(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
