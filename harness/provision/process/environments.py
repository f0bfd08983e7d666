"""One virtual environment for each lock, kept by the hash of the lock and its Python."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import stamina
from uv import find_uv_bin

from harness.provision.built import BuildError, Install
from harness.provision.installers import run_build
from harness.provision.one_builder import one_builder
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths

_TRIES = 3
_COMPLETE = ".complete.json"


@dataclass(frozen=True)
class VirtualEnvironment:
    """A complete virtual environment. `key` is the digest of its lock and its Python.

    `install` is the cost of its install, or `None` if it existed already or was not timed.
    """

    folder: Path
    key: str
    size_bytes: int
    install: Install | None = None

    @property
    def bin(self) -> Path:
        """Where its commands are."""
        return self.folder / "bin"


def ensure_environment(
    name: str, lock: Path, ground: ProcessPaths, interpreter: Interpreter, make: Callable[[Path], Install | None]
) -> VirtualEnvironment:
    """Return the environment of a lock. If it is missing, `make` creates it in a folder. Raises like `make`."""
    key, folder = _place(name, lock, ground, interpreter)
    size_bytes, install = _whole(folder), None
    if size_bytes is None:
        with one_builder(name):
            if (size_bytes := _whole(folder)) is None:
                # The remains of a killed build, or a moved environment.
                shutil.rmtree(folder, ignore_errors=True)
                install = make(folder)
                size_bytes = _size_bytes(folder)
                (folder / _COMPLETE).write_text(json.dumps({"size_bytes": size_bytes, "folder": str(folder)}))
                for older in {*ground.environments.glob(f"{name}-*")} - {folder}:
                    shutil.rmtree(older, ignore_errors=True)
    return VirtualEnvironment(folder, key, size_bytes, install)


def is_there(name: str, lock: Path, ground: ProcessPaths, interpreter: Interpreter) -> bool:
    """Whether the environment of a lock was made."""
    return _whole(_place(name, lock, ground, interpreter)[1]) is not None


def make_from_index(name: str, lock: Path, interpreter: Interpreter, folder: Path) -> None:
    """Make the environment of a lock with uv, whose cache is shared with other checkouts.

    Raises `BuildError` with the last lines of uv's output when the install fails for good.
    """
    uv = find_uv_bin()
    # Byte-compiled, or each process that is spawned would compile its imports again.
    sync = ["pip", "sync", "--quiet", "--python", str(folder), "--require-hashes", "--compile-bytecode", str(lock)]
    for command in (["venv", "--quiet", "--python", str(interpreter.path), str(folder)], sync):
        for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None):
            with attempt:
                run_build([uv, *command], name)


def _place(name: str, lock: Path, ground: ProcessPaths, interpreter: Interpreter) -> tuple[str, Path]:
    key = hashlib.sha256(lock.read_bytes() + f"\n{interpreter.path} {interpreter.version}".encode()).hexdigest()
    return key, ground.environments / f"{name}-{key[:12]}"


def _whole(folder: Path) -> int | None:
    """Return the size of an environment that was made to its end, and here: its programs name their folder."""
    try:
        told = json.loads((folder / _COMPLETE).read_text())
    except (OSError, ValueError):
        return None
    return int(told["size_bytes"]) if told.get("folder") == str(folder) else None


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
