"""Folders of this checkout that live as long as a stack, a container or a benchmark.

Each names its harness. A later start removes folders without a running harness.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness import untrusted
from harness.paths import RUNS
from harness.provision.owner import Owner, this_process

_PREFIX = "orchbench"
_HARNESS = "harness"


@contextmanager
def short_lived(what: str) -> Iterator[Path]:
    """Create a temporary folder for something other than a stack, such as one container."""
    folder = make_run_folder(f"{_PREFIX}-{what}-{secrets.token_hex(3)}")
    try:
        yield folder
    finally:
        untrusted.remove(folder)


def make_run_folder(name: str) -> Path:
    """Create and return a folder with that name.

    No other user of this host can enter it. A container's user only sees its mounted content.
    """
    # Renamed after it names its harness, because another harness removes folders without an owner.
    unfinished = RUNS / f".{name}"
    unfinished.mkdir(parents=True, mode=0o700)
    (unfinished / _HARNESS).write_text(str(this_process()))
    return unfinished.rename(RUNS / name)


def remove_dead_run_folders() -> None:
    """Remove the folders of harnesses that no longer run. A folder without a harness is from an older version."""
    for folder in RUNS.glob(f"{_PREFIX}-*"):
        if not _belongs_to_another(folder):
            untrusted.remove(folder)


def _belongs_to_another(folder: Path) -> bool:
    with suppress(OSError, ValueError):
        owner = Owner.parse((folder / _HARNESS).read_text())
        return owner != this_process() and owner.alive()
    return False
