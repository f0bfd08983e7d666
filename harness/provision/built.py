"""What a build makes, in every isolation, and one builder at a time for each image or environment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import Failure
from harness.paths import CACHE

BUILD_LIMIT_S = 3600
"""The time limit of one build command, including downloads over a slow connection."""

_TURN_LIMIT_S = 1800

Say = Callable[[str], None]
"""Receives one line about the current activity."""


class BuildError(Failure):
    """A build, a download or an install failed permanently. The message has the last lines of its output."""


@dataclass(frozen=True)
class Install:
    """What the install of a lock took: bytes and number of its wheels, and seconds from a local folder of them."""

    download_bytes: int
    packages: int
    seconds: float


@dataclass(frozen=True)
class Built:
    """An image or environment. Two of the same inputs are equal. `install` is `None` if nothing was installed."""

    id: str
    inputs_sha256: str
    size_bytes: int
    install: Install | None = None


@contextmanager
def one_builder(what: str) -> Iterator[None]:
    """Reserve a build in this checkout for one of several harnesses. Raises `BuildError` after half an hour."""
    locks = CACHE / "building"
    locks.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(locks / f"{what}.lock", timeout=_TURN_LIMIT_S):
            yield
    except Timeout as error:
        raise BuildError(f"{what}: another process has been building this for {_TURN_LIMIT_S} s") from error


def let_everyone_read(folder: Path) -> None:
    """Let every user read a folder and its files, but not what links lead to. Raises `PermissionError`."""
    for path in (folder, *(each for each in folder.iterdir() if each.is_file() and not each.is_symlink())):
        now = path.stat().st_mode & 0o777
        readable = now | (0o755 if path == folder else 0o644)
        if readable != now:
            path.chmod(readable)
