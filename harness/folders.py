"""The folders of benchmarks: where a new one goes, and which is the newest."""

import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from harness.environment import Environment, read_environment
from harness.misuse import Misuse
from harness.orchestrator import REPOSITORY
from harness.records import RECORDS, RecordError

RESULTS = REPOSITORY / "results"


def new_folder() -> Path:
    """Make and return `results/<date>-<host>`, numbered where that is taken."""
    name = f"{datetime.now(UTC):%Y-%m-%d}-{socket.gethostname()}"
    folder = RESULTS / name
    number = 2
    while folder.exists():
        folder = RESULTS / f"{name}-{number}"
        number += 1
    folder.mkdir(parents=True)
    return folder


def newest(wanted: Callable[[Environment], bool], otherwise: str) -> Path:
    """Return the folder of the newest wanted benchmark; one that cannot be read is passed over.

    Raises `Misuse`, which says `otherwise`, when there is none.
    """
    started_s = {}
    for path in RESULTS.glob(f"*/{RECORDS}"):
        with suppress(RecordError):
            environment = read_environment(path.parent)
            if wanted(environment):
                started_s[path.parent] = environment.started_s
    if not started_s:
        raise Misuse(otherwise)
    return max(started_s, key=started_s.__getitem__)
