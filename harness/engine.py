"""The Docker engine as the harness meets it: one client, the label of everything we make, and our leftovers.

Knows Docker and the label; knows neither orchestrators nor stacks.
"""

import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cache, partial
from http import HTTPStatus

import docker
from docker.errors import APIError, DockerException, NotFound

LABEL = "orchbench"
_REMOVAL_LIMIT_S = 60


class EngineError(Exception):
    """The engine is missing, unreachable or refuses; the message says what mends it."""


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
            "no Docker engine answers; start it with: sudo systemctl start docker "
            f"(or install Docker Engine: https://docs.docker.com/engine/install/) [{error}]"
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
    raise EngineError("no Docker Compose; install it with: sudo apt-get install docker-compose")


def remove_leftovers(owner: str | None = None) -> int:
    """Remove containers, networks and volumes that carry our label, and return how many there were.

    With `owner`, only what that stack made. Raises `EngineError` when the engine does not answer or does not let go.
    """
    label = LABEL if owner is None else f"{LABEL}={owner}"
    removed = 0
    deadline = time.monotonic() + _REMOVAL_LIMIT_S
    # Each pass removes what it finds; a removal that was already under way is found gone in a later one.
    while found := _labelled(label):
        for remove in found:
            try:
                remove()
                removed += 1
            except NotFound:
                pass
            except APIError as error:
                if error.status_code != HTTPStatus.CONFLICT or time.monotonic() > deadline:
                    raise EngineError(f"the Docker engine does not let go of a leftover: {error}") from error
                time.sleep(0.5)
    return removed


def _labelled(label: str) -> list[Callable[[], object]]:
    """Return the removals of everything with a label: containers, or when none is left, networks and volumes."""
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
