"""Allows one builder at a time per image or environment, because harnesses with separate locks can need the same."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from harness.paths import CACHE
from harness.provision.built import BuildError

_LIMIT_S = 1800


@contextmanager
def one_builder(what: str) -> Iterator[None]:
    """Reserve the build of a thing in this checkout. Raises `BuildError` after half an hour of waiting."""
    locks = CACHE / "building"
    locks.mkdir(parents=True, exist_ok=True)
    turn = FileLock(locks / f"{what}.lock", timeout=_LIMIT_S)
    try:
        turn.acquire()
    except Timeout as error:
        raise BuildError(f"{what}: another process has been building this for {_LIMIT_S} s") from error
    try:
        yield
    finally:
        turn.release()
