"""Which images there are: the warehouse, and one for each orchestrator, each built where something changed."""

from contextlib import suppress
from http import HTTPStatus

from docker.errors import APIError, NotFound

from harness.isolation.docker.base_image import BASE, ensure_base
from harness.isolation.docker.build import INPUTS, Recipe, build
from harness.isolation.docker.engine import client
from harness.isolation.docker.orchestrator_image import CACHE_VOLUME, ensure_image
from harness.isolation.protocol import Built, Say
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE

WAREHOUSE = "orchbench/warehouse:15"


def ensure_warehouse(say: Say) -> Built:
    """Build the base and the warehouse images where they are missing or outdated. Raises `BuildError`."""
    base = ensure_base(say)
    files = [COMPOSE / "warehouse"]
    return build(
        Recipe(WAREHOUSE, COMPOSE / "warehouse.Dockerfile", base.inputs_sha256, files, {"BASE": BASE}),
        say,
    )


def ensure_orchestrator(manifest: Manifest, say: Say) -> Built:
    """Make one orchestrator's image where it is missing or outdated. Raises `BuildError`."""
    return ensure_image(manifest, ensure_base(say), say)


def remove_replaced() -> None:
    """Remove images of ours that a newer build has replaced; a build beside this one may be at it already."""
    try:
        client().images.prune(filters={"dangling": True, "label": INPUTS})
    except APIError as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise


def remove_images() -> int:
    """Remove every image of ours and what they were built from, and return how many images there were."""
    images = client().images.list(filters={"label": INPUTS})
    for image in images:
        client().images.remove(str(image.id), force=True)
    with suppress(NotFound):
        client().volumes.get(CACHE_VOLUME).remove(force=True)
    return len(images)
