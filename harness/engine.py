"""The Docker engine as the harness meets it: one client, the label of everything we make, and our leftovers.

Knows Docker and the label; knows neither orchestrators nor stacks.
"""

import shutil
import subprocess
from collections.abc import Callable
from functools import cache

import docker
from docker.errors import APIError, DockerException, NotFound

LABEL = "orchbench"


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

    With `owner`, only what that stack made. Raises `EngineError` when the engine does not answer.
    """
    label = LABEL if owner is None else f"{LABEL}={owner}"
    engine = client()
    removed = 0
    try:
        for container in engine.containers.list(all=True, filters={"label": label}, ignore_removed=True):
            removed += _gone(lambda: container.remove(force=True, v=True))  # noqa: B023
        for network in engine.networks.list(filters={"label": label}):
            removed += _gone(network.remove)
        for volume in engine.volumes.list(filters={"label": label}):
            removed += _gone(lambda: volume.remove(force=True))  # noqa: B023
    except (APIError, OSError) as error:
        raise EngineError(f"the Docker engine does not let go of leftovers: {error}") from error
    return removed


def _gone(remove: Callable[[], object]) -> int:
    try:
        remove()
    except NotFound:
        return 0
    return 1
