"""The wheels of a lock in this host's cache: their folder, their names, and whether they are complete."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import parse_wheel_filename
from packaging.version import Version

from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import Manifest
from harness.paths import CACHE, COMPOSE

INSTALLER_LOCK = COMPOSE / "installer.lock"
SHARDS = 2
"""The number of parallel downloads. pip computes more than it waits, and on two CPUs a third one slowed down all."""


def wheels_folder(manifest: Manifest) -> Path:
    """Return the folder with the wheels of an orchestrator's lock."""
    return CACHE / "wheels" / manifest.name


def wheels_of(manifest: Manifest) -> list[Path]:
    """Return the lock's wheels. The folder may also contain the installer's and older wheels."""
    pins = {(pin.name, Version(pin.version)) for pin in read_lock(manifest.lock).pins}
    return [path for path in wheels_folder(manifest).glob("*.whl") if parse_wheel_filename(path.name)[:2] in pins]


def write_shards(folder: Path, locks: Sequence[Path]) -> list[Path]:
    """Split the pins of locks into a few files for parallel downloads.

    Pins are independent, because dependencies are not followed (`pip download --no-deps`).
    """
    pins = [pin.text for lock in locks for pin in read_lock(lock).pins]
    paths = []
    for number in range(min(SHARDS, len(pins))):
        paths.append(folder / f"{number}.lock")
        paths[-1].write_text("".join(pins[number::SHARDS]))
    return paths


def is_complete(manifest: Manifest, locks: Sequence[Path]) -> bool:
    """Whether every wheel of these locks, as they are today, is in an orchestrator's folder."""
    mark = _mark(manifest)
    return mark.exists() and {*_digests(locks)} <= {*mark.read_text().split()}


def mark_complete(manifest: Manifest, locks: Sequence[Path]) -> None:
    """Say that every wheel of these locks is there."""
    _mark(manifest).write_text("\n".join(_digests(locks)))


def _mark(manifest: Manifest) -> Path:
    return wheels_folder(manifest) / ".complete"


def _digests(locks: Sequence[Path]) -> list[str]:
    return [hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks]
