"""The Docker engine as the harness meets it: one client, the label of everything we make, and our leftovers.

Knows Docker and the label; knows neither orchestrators nor stacks.
"""

import shutil
import subprocess
from collections.abc import Callable
from functools import cache, partial
from http import HTTPStatus

import docker
import stamina
from docker.errors import APIError, DockerException, NotFound

from harness.errors import HarnessError

LABEL = "orchbench"
_REMOVAL_LIMIT_S = 60


class EngineError(HarnessError):
    """The engine is missing, unreachable or refuses."""


@cache
def client() -> docker.DockerClient:
    """Return the one client of this process.

    Raises `EngineError` when no engine answers.
    """
    try:
        engine = docker.from_env(timeout=120)
        engine.ping()
    except DockerException as error:
        raise EngineError(
            f"no Docker engine answers ({error}); to install one: https://docs.docker.com/engine/install/",
            remedy="sudo systemctl start docker",
        ) from error
    return engine


@cache
def compose_command() -> tuple[str, ...]:
    """Return the Compose command of this machine: the plugin where it exists, else docker-compose 1.29.

    Raises `EngineError` when there is neither.
    """
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if plugin.returncode == 0:
            return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise EngineError("there is no Docker Compose", remedy="sudo apt-get install docker-compose")


def remove_labelled(owner: str | None = None) -> int:
    """Remove containers, networks and volumes that carry our label, and return how many there were.

    With `owner`, only what that stack made. Raises `EngineError` when the engine does not answer or does not let go.
    """
    label = LABEL if owner is None else f"{LABEL}={owner}"
    removed = 0
    # Each pass removes what it finds; a removal that was already under way is gone in a later one.
    while removals := _removals(label):
        removed += sum(map(_remove, removals))
    return removed


def _remove(removal: Callable[[], object]) -> bool:
    """Return whether a thing was removed; it is not where somebody else was first."""
    try:
        for attempt in stamina.retry_context(
            on=_in_progress, attempts=None, timeout=_REMOVAL_LIMIT_S, wait_initial=0.5
        ):
            with attempt:
                removal()
    except NotFound:
        return False
    except APIError as error:
        raise EngineError(f"the Docker engine does not let go of a leftover: {error}") from error
    return True


def _in_progress(error: Exception) -> bool:
    return isinstance(error, APIError) and error.status_code == HTTPStatus.CONFLICT


def _removals(label: str) -> list[Callable[[], object]]:
    """Return how to remove everything with a label: containers, or when none is left, networks and volumes."""
    engine = client()
    filters: dict[str, str | list[str] | bool] = {"label": label}
    try:
        containers = engine.containers.list(all=True, filters=filters, ignore_removed=True)
        if containers:
            return [partial(container.remove, force=True, v=True) for container in containers]
        networks = [network.remove for network in engine.networks.list(filters=filters)]
        return [*networks, *(partial(volume.remove, force=True) for volume in engine.volumes.list(filters=filters))]
    except (DockerException, OSError) as error:
        raise EngineError(f"the Docker engine went away: {error}") from error
