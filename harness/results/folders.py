"""Finds and creates the folders of benchmarks."""

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import Misuse
from harness.paths import RESULTS
from harness.results.environment import ENVIRONMENT
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


def all_results() -> list[Result]:
    """Return every readable benchmark of this checkout, oldest first."""
    return _read(RESULTS.glob(f"*/{ENVIRONMENT}"))


def results_under(isolation: str) -> list[Result]:
    """Return every benchmark of this checkout with one kind of isolation, oldest first."""
    return _read(path for path in RESULTS.glob(f"*/{ENVIRONMENT}") if _kind(path) == isolation)


def newest(wanted: Callable[[Result], bool], otherwise: str, remedy: str) -> Result:
    """Return the newest wanted benchmark.

    Raises `Misuse` with the message `otherwise` if there is none.
    """
    results = [result for result in all_results() if wanted(result)]
    if not results:
        raise Misuse(otherwise, remedy=remedy)
    return results[-1]


def _read(environments: Iterable[Path]) -> list[Result]:
    results = []
    for path in environments:
        with suppress(ResultError, OSError):
            results.append(read_result(path.parent))
    return sorted(results, key=lambda result: result.environment.started_s)


def _kind(environment: Path) -> str:
    """Return the kind of isolation, or an empty string. Skips the records, which take seconds to read."""
    with suppress(ResultError):
        return read_environment(environment.parent).isolation.kind
    return ""
