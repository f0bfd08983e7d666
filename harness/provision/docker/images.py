"""The images: the warehouse, and one per orchestrator. Each is only built if its inputs have changed."""

from collections.abc import Sequence
from contextlib import suppress

from docker.errors import APIError, NotFound

from harness.experiment.envelope import Envelope
from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import Built, Say
from harness.provision.docker.base_image import BASE, ROOTFS, base_recipe, ensure_base
from harness.provision.docker.build import INPUTS, Recipe, build, find
from harness.provision.docker.engine import client, engine_answers, in_progress
from harness.provision.docker.orchestrator_image import ensure_image, is_current

WAREHOUSE = "orchbench/warehouse:15"
# The approximate duration of a build on two CPUs, including downloads.
_OF_OURS_S, _OWN_S, _PACKAGE_S = 40.0, 10.0, 0.4


def ensure_warehouse(say: Say) -> Built:
    """Build the base and warehouse images if they are missing or outdated. Raises `BuildError`."""
    return build(_warehouse_recipe(ensure_base(say).inputs_sha256), say)


def ensure_orchestrator(manifest: Manifest, envelope: Envelope, say: Say) -> Built:
    """Build one orchestrator's image if it is missing or outdated. Raises `BuildError`."""
    return ensure_image(manifest, ensure_base(say), envelope, say)


def expected_build_s(manifests: Sequence[Manifest]) -> float:
    """Return about how many seconds the images take that are missing or outdated."""
    base = base_recipe()
    warehouse = _warehouse_recipe(base.inputs_sha256)
    missing = [each for each in (base, warehouse) if find(each.name, INPUTS, each.inputs_sha256) is None]
    own = [each for each in manifests if not is_current(each, base.inputs_sha256)]
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
