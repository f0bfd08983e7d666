"""The wheels of a lock in the cache on this host: where they lie, which they are, and whether all are there."""

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
"""How many downloads run beside each other: pip works more than it waits, and on two CPUs a third made all slower."""


def wheels_folder(manifest: Manifest) -> Path:
    """Return where the wheels of an orchestrator's lock are kept."""
    return CACHE / "wheels" / manifest.name


def wheels_of(manifest: Manifest) -> list[Path]:
    """Return the wheels that the lock names; the folder may hold the installer's and older ones as well."""
    pins = {(pin.name, Version(pin.version)) for pin in read_lock(manifest.lock).pins}
    return [path for path in wheels_folder(manifest).glob("*.whl") if parse_wheel_filename(path.name)[:2] in pins]


def write_shards(folder: Path, locks: Sequence[Path]) -> list[Path]:
    """Write what locks pin into a few files of a folder, which downloads can take beside each other.

    Each pin with its hashes is independent where dependencies are not followed (`pip download --no-deps`).
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
