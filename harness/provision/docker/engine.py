"""The Docker engine: one client, the label of everything that we create, and our leftovers.

Knows Docker and the label, but no orchestrators or stacks.
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
import requests
import stamina
from docker.auth import load_config
from docker.errors import APIError, DockerException, InvalidConfigFile, NotFound, TLSParameterError
from urllib3.exceptions import HTTPError

from harness.errors import HarnessError
from harness.in_time import OutOfTime
from harness.provision.docker.reach import find_address, why_silent
from harness.provision.owner import Owner, this_process

LABEL = "orchbench"
"""The label of everything that we create, with the stack's name or its purpose."""
OWNER = "orchbench.harness"
"""The label that names the harness that made it."""
_REMOVAL_LIMIT_S = 60
_LIMIT_S = 120
_COMPOSE_LIMIT_S = 30
_PROJECT = "services: {doctor: {image: none}}\n"

ENGINE_FAILS = (DockerException, HTTPError, OSError, OutOfTime)
"""Exceptions of a call to the engine: its own errors, those of the connection, and the end of its time limit."""


class EngineError(HarnessError):
    """The engine is missing, unreachable or rejects a request."""


@contextmanager
def engine_answers(
    otherwise: str = "the Docker engine failed", remedy: str = "", kind: type[HarnessError] = EngineError
) -> Iterator[None]:
    """Raise an error of a kind, with the message `otherwise` and the reason, if the engine fails a call."""
    try:
        yield
    except ENGINE_FAILS as error:
        raise kind(f"{otherwise}: {reason_of(error)}", remedy=remedy) from error


def reason_of(error: Exception) -> str:
    """Return why the engine failed a call, in words and without the address of the request."""
    if isinstance(error, APIError):
        return str(error.explanation or f"it returned HTTP status {error.status_code}")
    if isinstance(error, requests.Timeout):
        return f"it did not respond within {_LIMIT_S} s"
    if isinstance(error, requests.RequestException | HTTPError):
        return "the connection to it was lost"
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


@cache
def client() -> docker.DockerClient:
    """Return the single client of this process, which sends no login.

    Raises `EngineError` with the reason if no engine responds.
    """
    try:
        address = find_address()
        address.parts  # noqa: B018  # distinguishes a wrong address from a silent engine
    except Exception as error:
        # Docker's library trusts files and variables, and fails on them in many ways.
        raise EngineError(f"cannot read the Docker engine's address: {error}", remedy="docker context ls") from error
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
    """Return this user's login to Docker Hub. Empty without one, or if its helper fails."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return dict(load_config().resolve_authconfig() or {})
    except Exception:
        # A helper can be missing, fail or print anything. Pulling the base image needs no login.
        return {}


def labels(what: str) -> dict[str, str]:
    """Return the labels of one of our containers that is not part of a stack."""
    return {LABEL: what, OWNER: str(this_process())}


@cache
def compose_command() -> tuple[str, ...]:
    """Return the Compose command of this machine: the plugin if it exists, or else docker-compose 1.29.

    Raises `EngineError` if there is neither, or if it cannot reach the engine.
    """
    if shutil.which("docker") and not _complaint("docker", "compose"):
        return ("docker", "compose")
    if not shutil.which("docker-compose"):
        remedy = "sudo apt-get install docker-compose"
        raise EngineError("there is no Docker Compose that can reach the engine", remedy=remedy)
    if complaint := _complaint("docker-compose"):
        raise EngineError(
            f"docker-compose does not work: {complaint}", remedy="sudo apt-get install --reinstall docker-compose"
        )
    return ("docker-compose",)


def remove_labelled(stack: str | None = None) -> int:
    """Remove containers, networks and volumes with our label, and return their number.

    With `stack`, only that stack's parts. Otherwise everything that no other running harness owns. Raises `EngineError`
    if the engine does not respond or cannot remove them.
    """
    label = LABEL if stack is None else f"{LABEL}={stack}"
    removed = 0
    # Each pass removes what it finds. A removal in progress is complete in a later pass.
    while removals := _removals(label):
        removed += sum(map(_remove, removals))
    return removed


def belongs_to_another(labels: Mapping[str, str] | None, me: Owner) -> bool:
    """Whether labels name another running harness. Labels without a harness are from an older version."""
    try:
        owner = Owner.parse((labels or {})[OWNER])
    except (KeyError, ValueError):
        return False
    return owner != me and owner.alive()


def _forget_logins(engine: docker.DockerClient) -> None:
    """Remove this user's logins, which a build would send. Each login calls its helper, which may be missing."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        # Without any entry, the user's file would be read again.
        json.dump({"auths": {"nowhere.invalid": {}}}, file)
        file.flush()
        engine.api.reload_config(file.name)


def _unusable(error: Exception) -> EngineError:
    return EngineError(
        f"cannot use this user's Docker configuration: {error!r}", remedy="export DOCKER_CONFIG=/nowhere"
    )


def _complaint(*command: str) -> str:
    """Return the last line of output if Compose cannot reach the engine, or an empty string.

    Version 1.29 starts, but cannot reach the engine with newer libraries.
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
        return f"no response within {_COMPOSE_LIMIT_S} s"
    said = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    return said if done.returncode else ""


def _remove(removal: Callable[[], object]) -> bool:
    """Remove a thing. Return whether it still existed."""
    with engine_answers("the Docker engine could not remove a leftover"):
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
    """Whether the engine is already doing it."""
    return isinstance(error, APIError) and error.status_code == HTTPStatus.CONFLICT


def _removals(label: str) -> list[Callable[[], object]]:
    """Return removals for everything with a label: containers, or if none is left, networks and volumes."""
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
