"""Which images there are: the warehouse, and one for each orchestrator, each built where something changed."""

from harness.isolation.docker.base import BASE, ensure_base
from harness.isolation.docker.build import INPUTS, Recipe, build, current
from harness.isolation.docker.engine import client
from harness.isolation.docker.wheels import fetch_wheels, serve_wheels
from harness.isolation.protocol import Built, Say
from harness.isolation.sources import sources
from harness.isolation.wheels import wheels_folder
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
    """Build one orchestrator's image where it is missing or outdated, fetching its wheels first.

    Raises `BuildError` when a download or a build step fails for good.
    """
    base = ensure_base(say)
    tools = [COMPOSE / "install", COMPOSE / "wait_for_metadata"]
    recipe = Recipe(
        image_name(manifest),
        COMPOSE / "Dockerfile",
        base.inputs_sha256,
        [*tools, *sources(manifest.folder), *sources(PIPELINES / "reference")],
        {"BASE": BASE, "ORCHESTRATOR": manifest.name},
    )
    if (built := current(recipe)) is not None:
        return built
    fetch_wheels(manifest, say)
    with serve_wheels(wheels_folder(manifest)) as network:
        return build(recipe, say, network)


def remove_replaced() -> None:
    """Remove images of ours that a newer build has replaced."""
    client().images.prune(filters={"dangling": True, "label": INPUTS})


def remove_images() -> int:
    """Remove every image of ours, and return how many there were."""
    images = client().images.list(filters={"label": INPUTS})
    for image in images:
        client().images.remove(str(image.id), force=True)
    return len(images)
