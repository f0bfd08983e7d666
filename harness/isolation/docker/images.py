"""Which images there are: the warehouse, and one for each orchestrator, each built where something changed."""

from contextlib import suppress

from docker.errors import NotFound

from harness.isolation.docker.base_image import BASE, ensure_base
from harness.isolation.docker.build import INPUTS, Recipe, build
from harness.isolation.docker.engine import client
from harness.isolation.docker.environment_image import CACHE_VOLUME, ensure_environment, environment_name
from harness.isolation.protocol import Built, Say
from harness.isolation.sources import sources
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE, PIPELINES

WAREHOUSE = "orchbench/warehouse:15"


def image_name(manifest: Manifest) -> str:
    """Return the name of an orchestrator's image, tagged with the orchestrator's version."""
    return f"orchbench/{manifest.name}:{manifest.version}"


def ensure_warehouse(say: Say) -> Built:
    """Build the base and the warehouse images where they are missing or outdated. Raises `BuildError`."""
    base = ensure_base(say)
    files = [COMPOSE / "warehouse"]
    return build(
        Recipe(WAREHOUSE, COMPOSE / "warehouse.Dockerfile", base.inputs_sha256, files, {"BASE": BASE}),
        say,
    )


def ensure_orchestrator(manifest: Manifest, say: Say) -> Built:
    """Build one orchestrator's image where it is missing or outdated: its code on top of its environment.

    Raises `BuildError` when a download or a build step fails for good.
    """
    environment = ensure_environment(manifest, ensure_base(say), say)
    recipe = Recipe(
        image_name(manifest),
        COMPOSE / "Dockerfile",
        environment.inputs_sha256,
        [COMPOSE / "wait_for_metadata", *sources(manifest.folder), *sources(PIPELINES / "reference")],
        {"ENVIRONMENT": environment_name(manifest), "ORCHESTRATOR": manifest.name},
    )
    return build(recipe, say, network="none")


def remove_replaced() -> None:
    """Remove images of ours that a newer build has replaced."""
    client().images.prune(filters={"dangling": True, "label": INPUTS})


def remove_images() -> int:
    """Remove every image of ours and what they were built from, and return how many images there were."""
    images = client().images.list(filters={"label": INPUTS})
    for image in images:
        client().images.remove(str(image.id), force=True)
    with suppress(NotFound):
        client().volumes.get(CACHE_VOLUME).remove(force=True)
    return len(images)
