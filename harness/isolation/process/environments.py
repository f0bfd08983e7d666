"""One virtual environment for each lock, made by uv with hard links from its cache and kept by the hash of the lock."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import stamina
from uv import find_uv_bin

from harness.isolation.build_log import note
from harness.isolation.package_index import index_variables
from harness.isolation.process.ground import Ground
from harness.isolation.process.interpreter import Interpreter
from harness.isolation.protocol import BuildError, Say

_TRIES = 3
_COMPLETE = ".complete.json"


@dataclass(frozen=True)
class Environment:
    """A virtual environment that is whole; `key` is the digest of its lock and its Python."""

    folder: Path
    key: str
    size_bytes: int

    @property
    def bin(self) -> Path:
        """Where its commands are."""
        return self.folder / "bin"


def ensure_environment(name: str, lock: Path, ground: Ground, interpreter: Interpreter, say: Say) -> Environment:
    """Make the environment of a lock where it is missing.

    Raises `BuildError` with the last lines of uv's output when the install fails for good.
    """
    key = hashlib.sha256(lock.read_bytes() + f"\n{interpreter.path} {interpreter.version}".encode()).hexdigest()
    folder = ground.environments / f"{name}-{key[:12]}"
    complete = folder / _COMPLETE
    if not complete.exists():
        say(f"{name}: making its environment")
        for older in ground.environments.glob(f"{name}-*"):
            shutil.rmtree(older, ignore_errors=True)
        _make(name, lock, folder, interpreter)
        complete.write_text(json.dumps({"size_bytes": _size_bytes(folder)}))
    return Environment(folder, key, json.loads(complete.read_text())["size_bytes"])


def _make(name: str, lock: Path, folder: Path, interpreter: Interpreter) -> None:
    uv = find_uv_bin()
    environment = {**os.environ, **index_variables(), "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    # Byte-compiled, or each process that a tool spawns would compile its imports again.
    sync = ["pip", "sync", "--quiet", "--python", str(folder), "--require-hashes", "--compile-bytecode", str(lock)]
    for command in (["venv", "--quiet", "--python", str(interpreter.path), str(folder)], sync):
        for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None):
            with attempt:
                done = subprocess.run([uv, *command], env=environment, capture_output=True, text=True, check=False)
                note(name, done.stdout + done.stderr)
                if done.returncode != 0:
                    raise BuildError(f"{name}: uv {command[0]} failed: {done.stderr.strip()[-1500:]}")


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
