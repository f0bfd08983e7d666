"""Folders of this checkout that live as long as a stack, a container or a benchmark.

Each names its harness: a later start removes what no harness has.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness import untrusted
from harness.isolation.owner import Owner, this_process
from harness.paths import RUNS

_PREFIX = "orchbench"
_HARNESS = "harness"


@contextmanager
def short_lived(what: str) -> Iterator[Path]:
    """Make a folder for what is no stack, such as one container; it goes at the end of the context."""
    folder = make_run_folder(f"{_PREFIX}-{what}-{secrets.token_hex(3)}")
    try:
        yield folder
    finally:
        untrusted.remove(folder)


def make_run_folder(name: str) -> Path:
    """Make a folder of that name, and return it.

    No other user of this host gets past it; a container's user comes by a mount of what is in it.
    """
    # Renamed when it names its harness: to another one, a folder of nobody is left over.
    unfinished = RUNS / f".{name}"
    unfinished.mkdir(parents=True, mode=0o700)
    (unfinished / _HARNESS).write_text(str(this_process()))
    return unfinished.rename(RUNS / name)


def remove_dead_run_folders() -> None:
    """Remove the folders of harnesses that no longer run; one that names none is from an older version."""
    for folder in RUNS.glob(f"{_PREFIX}-*"):
        if not _belongs_to_another(folder):
            untrusted.remove(folder)


def _belongs_to_another(folder: Path) -> bool:
    with suppress(OSError, ValueError):
        owner = Owner.parse((folder / _HARNESS).read_text())
        return owner != this_process() and owner.alive()
    return False
