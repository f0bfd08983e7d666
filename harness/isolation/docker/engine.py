"""The Docker engine as the harness meets it: one client, the label of everything we make, and our leftovers.

Knows Docker and the label; knows neither orchestrators nor stacks.
"""

import json
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus

import docker
import stamina
from docker.auth import load_config
from docker.errors import APIError, DockerException, InvalidConfigFile, NotFound, TLSParameterError
from urllib3.exceptions import HTTPError

from harness.errors import HarnessError
from harness.isolation.docker.reach import find_address, why_silent
from harness.isolation.owner import Owner, this_process

LABEL = "orchbench"
"""The label of everything that we make: the stack's name, or what it is for."""
OWNER = "orchbench.harness"
"""The label that names the harness that made it."""
_REMOVAL_LIMIT_S = 60
_LIMIT_S = 120
_COMPOSE_LIMIT_S = 30
_PROJECT = "services: {doctor: {image: none}}\n"

ENGINE_FAILS = (DockerException, HTTPError, OSError)
"""What a call of the engine may end with: its own errors, and those of the connection, some of which requests wraps."""


class EngineError(HarnessError):
    """The engine is missing, unreachable or refuses."""


@contextmanager
def engine_answers(
    otherwise: str = "the Docker engine went away", remedy: str = "", kind: type[HarnessError] = EngineError
) -> Iterator[None]:
    """Raise an error of a kind, which says `otherwise` and why, where the engine fails a call or is gone."""
    try:
        yield
    except ENGINE_FAILS as error:
        # The engine's own words, without the address that was asked.
        reason = getattr(error, "explanation", None) or error
        raise kind(f"{otherwise}: {reason}", remedy=remedy) from error


@cache
def client() -> docker.DockerClient:
    """Return the one client of this process, which sends no login along.

    Raises `EngineError` with the reason when no engine answers.
    """
    try:
        address = find_address()
        address.parts  # noqa: B018  # a wrong address is told apart from a silent engine
    except Exception as error:
        # Docker's own library trusts the files and variables that it reads, and breaks on them in many ways.
        raise EngineError(f"the engine's address cannot be read: {error}", remedy="docker context ls") from error
    try:
        engine = docker.from_env(timeout=_LIMIT_S)
        engine.ping()
        _forget_logins(engine)
    except (InvalidConfigFile, TLSParameterError) as error:
        raise _unusable(error) from error
    except DockerException as error:
        message, remedy = why_silent(address)
        raise EngineError(message, remedy=remedy) from error
    except Exception as error:
        raise _unusable(error) from error
    return engine


def users_login() -> dict[str, str]:
    """Return this user's login to Docker Hub; empty where there is none, or where its helper does not work."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return dict(load_config().resolve_authconfig() or {})
    except Exception:
        # A helper is any program: it may be gone, fail, or print what it likes. What is pulled here needs no login.
        return {}


def labels(what: str) -> dict[str, str]:
    """Return the labels of a container of ours that is no part of a stack."""
    return {LABEL: what, OWNER: str(this_process())}


@cache
def compose_command() -> tuple[str, ...]:
    """Return the Compose command of this machine: the plugin where it exists, else docker-compose 1.29.

    Raises `EngineError` when there is neither, or it does not reach the engine.
    """
    if shutil.which("docker") and not _complaint("docker", "compose"):
        return ("docker", "compose")
    if not shutil.which("docker-compose"):
        remedy = "sudo apt-get install docker-compose"
        raise EngineError("there is no Docker Compose that reaches the engine", remedy=remedy)
    if complaint := _complaint("docker-compose"):
        raise EngineError(
            f"docker-compose does not work: {complaint}", remedy="sudo apt-get install --reinstall docker-compose"
        )
    return ("docker-compose",)


def remove_labelled(stack: str | None = None) -> int:
    """Remove containers, networks and volumes that carry our label, and return how many there were.

    With `stack`, only what that stack is made of; else what no other living harness owns. Raises `EngineError` when the
    engine does not answer or does not let go.
    """
    label = LABEL if stack is None else f"{LABEL}={stack}"
    removed = 0
    # Each pass removes what it finds; a removal that was already under way is gone in a later one.
    while removals := _removals(label):
        removed += sum(map(_remove, removals))
    return removed


def belongs_to_another(labels: Mapping[str, str] | None, me: Owner) -> bool:
    """Whether labels name a harness that lives and is not this one. What names none is from an older version."""
    try:
        owner = Owner.parse((labels or {})[OWNER])
    except (KeyError, ValueError):
        return False
    return owner != me and owner.alive()


def _forget_logins(engine: docker.DockerClient) -> None:
    """Take away the logins of this user, which a build would send along: each asks its helper, and one may be gone."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        # Where there is no entry at all, the user's own file is read again.
        json.dump({"auths": {"nowhere.invalid": {}}}, file)
        file.flush()
        engine.api.reload_config(file.name)


def _unusable(error: Exception) -> EngineError:
    return EngineError(
        f"Docker's own configuration of this user cannot be used: {error!r}", remedy="export DOCKER_CONFIG=/nowhere"
    )


def _complaint(*command: str) -> str:
    """Return the last line of what a Compose says that does not reach the engine; empty where it does.

    Version 1.29 starts, and does not reach it with newer libraries of its own.
    """
    try:
        done = subprocess.run(
            [*command, "-f", "-", "-p", "orchbench-doctor", "ps", "-q"],
            input=_PROJECT,
            capture_output=True,
            text=True,
            timeout=_COMPOSE_LIMIT_S,
            check=False,
        )
    except OSError as error:
        return str(error)
    except subprocess.TimeoutExpired:
        return f"it said nothing in {_COMPOSE_LIMIT_S} s"
    said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    return said if done.returncode else ""


def _remove(removal: Callable[[], object]) -> bool:
    """Return whether a thing was removed; it is not where somebody else was first."""
    with engine_answers("the Docker engine does not let go of a leftover"):
        try:
            for attempt in stamina.retry_context(
                on=in_progress, attempts=None, timeout=_REMOVAL_LIMIT_S, wait_initial=0.5
            ):
                with attempt:
                    removal()
        except NotFound:
            return False
    return True


def in_progress(error: Exception) -> bool:
    """Whether the engine is at it already."""
    return isinstance(error, APIError) and error.status_code == HTTPStatus.CONFLICT


def _removals(label: str) -> list[Callable[[], object]]:
    """Return how to remove everything with a label: containers, or when none is left, networks and volumes."""
    engine, me = client(), this_process()
    filters: dict[str, str | list[str] | bool] = {"label": label}
    with engine_answers():
        containers = [
            partial(each.remove, force=True, v=True)
            for each in engine.containers.list(all=True, filters=filters, ignore_removed=True)
            if not belongs_to_another(each.labels, me)
        ]
        if containers:
            return [*containers]
        networks, volumes = engine.networks.list(filters=filters), engine.volumes.list(filters=filters)
    return [
        *(each.remove for each in networks if not belongs_to_another(each.attrs["Labels"], me)),
        *(partial(each.remove, force=True) for each in volumes if not belongs_to_another(each.attrs["Labels"], me)),
    ]
