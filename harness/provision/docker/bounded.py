"""Commands in containers, each with a time limit: docker-py waits for their end without one."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from docker.models.containers import Container, ExecResult

from harness.in_time import OutOfTime, in_time
from harness.provision.docker.engine import EngineError, client

LIMIT_S = 60.0
"""The time limit of commands that only read or send signals."""


def run_inside(container: Container, command: Sequence[str], limit_s: float = LIMIT_S, **options: Any) -> ExecResult:
    """Run a command in a running container, like `exec_run`. Raises `OutOfTime`."""
    try:
        return in_time(limit_s, partial(container.exec_run, list(command), **options))
    except OutOfTime as error:
        words = " ".join(command)[:80]
        raise OutOfTime(f"`{words}` did not end in {limit_s:g} s in {container.name}") from error


def run_container(image: str, command: Sequence[str], limit_s: float = LIMIT_S, **options: Any) -> bytes:
    """Run a container to its end, remove it and return its output, like `containers.run`.

    Raises `EngineError` if it does not end in time. Its label marks it as a leftover.
    """
    run = partial(client().containers.run, image, list(command), remove=True, **options)
    try:
        said: bytes = in_time(limit_s, run)
    except OutOfTime as error:
        raise EngineError(f"a container of {image} did not end in {limit_s:g} s", remedy="orchbench clean") from error
    return said
