"""Commands in containers, each with a time limit: docker-py waits for their end without one."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from docker.models.containers import Container, ExecResult

from harness.in_time import OutOfTime, in_time
from harness.isolation.docker.engine import EngineError, client
from harness.isolation.protocol import StackError

LIMIT_S = 60.0
"""How long what only looks or signals may take."""


def run_inside(container: Container, command: Sequence[str], limit_s: float = LIMIT_S, **options: Any) -> ExecResult:
    """Run a command in a container that runs, as `exec_run` does. Raises `StackError` where it does not end in time."""
    try:
        return in_time(limit_s, partial(container.exec_run, list(command), **options))
    except OutOfTime as error:
        words = " ".join(command)[:80]
        raise StackError(f"`{words}` did not end in {limit_s:g} s in {container.name}") from error


def run_container(image: str, command: Sequence[str], limit_s: float = LIMIT_S, **options: Any) -> bytes:
    """Run a container to its end and return what it printed, as `containers.run` does; then it goes.

    Raises `EngineError` where it does not end in time: its label names it as a leftover.
    """
    run = partial(client().containers.run, image, list(command), remove=True, **options)
    try:
        said: bytes = in_time(limit_s, run)
    except OutOfTime as error:
        raise EngineError(f"a container of {image} did not end in {limit_s:g} s", remedy="orchbench clean") from error
    return said
