"""The images: the warehouse, and one per orchestrator. Each is only built if its inputs have changed."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from docker.errors import APIError, NotFound

from harness.experiment.envelope import Envelope
from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import Built, Say
from harness.provision.docker.base_image import BASE, ROOTFS, base_recipe, ensure_base
from harness.provision.docker.build import INPUTS, Recipe, archive, build, built, find
from harness.provision.docker.engine import client, engine_answers, in_progress
from harness.provision.docker.install import fetch, install_in, run_in, workroom
from harness.provision.sources import code_of, content_sha256, demand_unix_lines
from harness.provision.wheels import INSTALLER_LOCK

WAREHOUSE = "orchbench/warehouse:15"
# The approximate duration of a build on two CPUs, including downloads.
_OF_OURS_S, _OWN_S, _PACKAGE_S = 40.0, 10.0, 0.4
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


def ensure_warehouse(say: Say) -> Built:
    """Build the base and warehouse images if they are missing or outdated. Raises `BuildError`."""
    return build(_warehouse_recipe(ensure_base(say).inputs_sha256), say)


def ensure_orchestrator(manifest: Manifest, envelope: Envelope, say: Say) -> Built:
    """Build an orchestrator's image if it is missing or outdated. Raises `BuildError` and `LineEndError`.

    It uses one commit instead of a Dockerfile, because an engine may walk the whole tree for every layer, and an
    environment has up to 100,000 files. If only code has changed, it starts from the first image of its environment.
    The install has no network and is a timed one, so no proxy, index or certificate gets into the image.
    """
    environment, inputs = _digests(manifest, ensure_base(say).inputs_sha256)
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


def expected_build_s(manifests: Sequence[Manifest]) -> float:
    """Return about how many seconds the images take that are missing or outdated."""
    base = base_recipe()
    warehouse = _warehouse_recipe(base.inputs_sha256)
    missing = [each for each in (base, warehouse) if find(each.name, INPUTS, each.inputs_sha256) is None]
    own = [each for each in manifests if find(image_name(each), INPUTS, _digests(each, base.inputs_sha256)[1]) is None]
    packages = sum(len(read_lock(each.lock).pins) for each in own)
    return len(missing) * _OF_OURS_S + len(own) * _OWN_S + packages * _PACKAGE_S


def remove_replaced() -> None:
    """Remove our images that a newer build has replaced, unless a parallel build already does."""
    with engine_answers():
        try:
            client().images.prune(filters={"dangling": True, "label": INPUTS})
        except APIError as error:
            if not in_progress(error):
                raise


def remove_images() -> int:
    """Remove every image of ours, and return how many there were."""
    with engine_answers():
        # What the base is built from carries no label: it was imported or pulled, and not built.
        found = [*client().images.list(filters={"label": INPUTS}), *client().images.list(ROOTFS)]
        created = {str(image.id): str(image.attrs.get("Created", "")) for image in found}
        # An image cannot go before those that were built from it.
        for each in sorted(created, key=created.__getitem__, reverse=True):
            # An image may already be gone.
            with suppress(NotFound):
                client().images.remove(each, force=True)
    return len(created)


def _warehouse_recipe(base_sha256: str) -> Recipe:
    return Recipe(WAREHOUSE, COMPOSE / "warehouse.Dockerfile", base_sha256, [COMPOSE / "warehouse"], {"BASE": BASE})


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
