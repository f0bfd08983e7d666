"""The Docker engine: one client, the label of everything that we create, and time limits for every call.

Knows Docker and the label, but no orchestrators or stacks.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, InvalidConfigFile, TLSParameterError
from docker.models.containers import Container, ExecResult
from urllib3.exceptions import HTTPError

from harness.errors import HarnessError
from harness.in_time import OutOfTime, in_time
from harness.provision.docker.reach import find_address, why_silent
from harness.provision.owner import this_process

LABEL = "orchbench"
"""The label of everything that we create, with the stack's name or its purpose."""
OWNER = "orchbench.harness"
"""The label that names the harness that made it."""
_LIMIT_S = 120
_COMMAND_LIMIT_S = 60.0
"""The time limit of commands in containers that only read or send signals."""

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
    except Exception as error:
        if isinstance(error, DockerException) and not isinstance(error, InvalidConfigFile | TLSParameterError):
            message, remedy = why_silent(address)
        else:
            message, remedy = f"cannot use this user's Docker configuration: {error!r}", "export DOCKER_CONFIG=/nowhere"
        raise EngineError(message, remedy=remedy) from error
    return engine


def labels(what: str) -> dict[str, str]:
    """Return the labels of one of our containers that is not part of a stack."""
    return {LABEL: what, OWNER: str(this_process())}


def _forget_logins(engine: docker.DockerClient) -> None:
    """Remove this user's logins, which a build would send. Each login calls its helper, which may be missing."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        # Without any entry, the user's file would be read again.
        json.dump({"auths": {"nowhere.invalid": {}}}, file)
        file.flush()
        engine.api.reload_config(file.name)


def in_progress(error: Exception) -> bool:
    """Whether the engine is already doing it."""
    return isinstance(error, APIError) and error.status_code == HTTPStatus.CONFLICT


def run_inside(
    container: Container, command: Sequence[str], limit_s: float = _COMMAND_LIMIT_S, **options: Any
) -> ExecResult:
    """Run a command in a running container, like `exec_run`, which has no time limit. Raises `OutOfTime`."""
    try:
        return in_time(limit_s, partial(container.exec_run, list(command), **options))
    except OutOfTime as error:
        words = " ".join(command)[:80]
        raise OutOfTime(f"`{words}` did not end in {limit_s:g} s in {container.name}") from error


def run_container(image: str, command: Sequence[str], limit_s: float = _COMMAND_LIMIT_S, **options: Any) -> bytes:
    """Run a container to its end, remove it and return its output, like `containers.run`, which has no time limit.

    Raises `EngineError` if it does not end in time. Its label marks it as a leftover.
    """
    run = partial(client().containers.run, image, list(command), remove=True, **options)
    try:
        said: bytes = in_time(limit_s, run)
    except OutOfTime as error:
        raise EngineError(f"a container of {image} did not end in {limit_s:g} s", remedy="orchbench clean") from error
    return said
