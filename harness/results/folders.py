"""Finds and creates the folders of benchmarks."""

import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import Misuse
from harness.paths import RESULTS
from harness.results.environment import ENVIRONMENT, Environment
from harness.results.joined import JOIN
from harness.results.result import Result, ResultError, read_environment, read_result


def new_folder(suffix: str = "") -> Path:
    """Create and return `results/<date>-<host><suffix>`, with a number if that exists."""
    name = f"{datetime.now(UTC):%Y-%m-%d}-{socket.gethostname()}{suffix}"
    folder = RESULTS / name
    number = 2
    while folder.exists():
        folder = RESULTS / f"{name}-{number}"
        number += 1
    folder.mkdir(parents=True)
    return folder


def folders_in(results: Path) -> list[Path]:
    """Return the folders of all results in a folder, also of joined ones, by name."""
    return sorted({path.parent for name in (ENVIRONMENT, JOIN) for path in results.glob(f"*/{name}")})


def results_under(isolation: str) -> list[Result]:
    """Return every readable benchmark of this checkout with one kind of isolation, oldest first."""
    results = []
    for folder in _folders(lambda environment: environment.isolation.kind == isolation):
        with suppress(ResultError):
            results.append(read_result(folder))
    return results


def newest(wanted: Callable[[Environment], bool], otherwise: str, remedy: str) -> Result:
    """Return the newest wanted benchmark.

    Raises `Misuse` with the message `otherwise` if there is none, and `ResultError` if it cannot be read.
    """
    folders = _folders(wanted)
    if not folders:
        raise Misuse(otherwise, remedy=remedy)
    return read_result(folders[-1])


def _folders(wanted: Callable[[Environment], bool]) -> list[Path]:
    """Return the folders of the wanted benchmarks, oldest first. Records are not read, because that takes seconds."""
    began: dict[Path, float] = {}
    for path in RESULTS.glob(f"*/{ENVIRONMENT}"):
        with suppress(ResultError):
            environment = read_environment(path.parent)
            if wanted(environment):
                began[path.parent] = environment.started_s
    return sorted(began, key=began.__getitem__)
