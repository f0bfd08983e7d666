"""The Docker engine: one client, the label of everything that we create, and time limits for every call."""

import errno
import json
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import docker
import requests
from docker.context import ContextAPI
from docker.errors import APIError, DockerException, InvalidConfigFile, TLSParameterError
from docker.models.containers import Container, ExecResult
from docker.utils import parse_host
from urllib3.exceptions import HTTPError

from harness.errors import HarnessError
from harness.in_time import OutOfTime, in_time
from harness.provision.owner import this_process

LABEL = "orchbench"
"""The label of everything that we create, with the stack's name or its purpose."""
OWNER = "orchbench.harness"
"""The label that names the harness that made it."""
_INSTALL = "https://docs.docker.com/engine/install/"
_REMEDIES = {
    errno.ENOENT: f"install and start Docker Engine: {_INSTALL}",
    errno.ECONNREFUSED: "sudo systemctl start docker",
    errno.EACCES: 'sudo usermod -aG docker "$USER" && newgrp docker',
}
_CONNECT_LIMIT_S = 3.0
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


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's loopback."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def engine_url() -> str:
    """Return the address that docker's own client uses. Raises docker's exceptions if it is invalid."""
    if not (host := os.environ.get("DOCKER_HOST")):
        context = ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT"))
        host = context.Host if context is not None and context.Name != "default" else None
    return str(parse_host(host))


def remote_engine() -> str:
    """Return the engine's address if it is on another machine, which has neither our files nor our loopback."""
    parts = urlsplit(url := engine_url())
    return "" if parts.scheme == "http+unix" or is_loopback(parts.hostname or "") else url


@cache
def client() -> docker.DockerClient:
    """Return the single client of this process, which sends no login. Raises `EngineError` without an engine."""
    try:
        url = engine_url()
    except Exception as error:
        # Docker's library trusts files and variables, and fails on them in many ways.
        raise EngineError(f"cannot read the Docker engine's address: {error}", remedy="docker context ls") from error
    try:
        engine = docker.from_env(timeout=_LIMIT_S)
        engine.ping()
        _forget_logins(engine)
    except Exception as error:
        if isinstance(error, DockerException) and not isinstance(error, InvalidConfigFile | TLSParameterError):
            why, remedy = why_silent(url)
            words = f"no Docker engine responds at {url.removeprefix('http+')}: {why}"
            remedy = "unset DOCKER_HOST, or start the engine that it names" if "DOCKER_HOST" in os.environ else remedy
        else:
            words, remedy = f"cannot use this user's Docker configuration: {error!r}", "export DOCKER_CONFIG=/nowhere"
        raise EngineError(words, remedy=remedy) from error
    return engine


def why_silent(url: str) -> tuple[str, str]:
    """Return why no engine responds at an address, and a remedy."""
    parts = urlsplit(url)
    try:
        if parts.scheme == "http+unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_CONNECT_LIMIT_S)
                probe.connect(f"/{parts.netloc}{parts.path}")
        else:
            socket.create_connection((parts.hostname, parts.port), _CONNECT_LIMIT_S).close()
    except OSError as error:
        return error.strerror or str(error), _REMEDIES.get(error.errno or 0, _INSTALL)
    return "another program listens there", "sudo systemctl restart docker"


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
    """Run a container to its end, like `containers.run`, which has no time limit. Raises `EngineError`."""
    run = partial(client().containers.run, image, list(command), remove=True, **options)
    try:
        said: bytes = in_time(limit_s, run)
    except OutOfTime as error:
        raise EngineError(f"a container of {image} did not end in {limit_s:g} s", remedy="orchbench clean") from error
    return said
