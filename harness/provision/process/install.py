"""The install of a lock, timed as in containers: an empty cache, a local folder of wheels, no index."""

import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pip as pip_package
import stamina
from uv import find_uv_bin

from harness.orchestrators.manifest import Manifest
from harness.provision.built import BuildError, Install
from harness.provision.installers import run_build
from harness.provision.process.interpreter import Interpreter
from harness.provision.wheels import is_complete, mark_complete, wheels_folder, wheels_of, write_shards

_TRIES = 3


def time_install(manifest: Manifest, interpreter: Interpreter, cpus: tuple[int, ...]) -> Install:
    """Install an orchestrator's lock into an environment that goes again, and time it. Raises `BuildError`."""
    fetch_wheels(manifest, interpreter, cpus)
    # On the same disk as environments, because a temporary folder may be in memory.
    with tempfile.TemporaryDirectory(dir=wheels_folder(manifest).parent, prefix=".install-") as folder:
        return install_into(Path(folder, "venv"), manifest, interpreter, cpus)


def install_into(folder: Path, manifest: Manifest, interpreter: Interpreter, cpus: tuple[int, ...]) -> Install:
    """Install fetched wheels into a new environment, on these CPUs (empty: on all). Raises `BuildError`."""
    wheels = wheels_of(manifest)
    offline = ["--no-index", "--find-links", str(wheels_folder(manifest)), "--no-cache", "--offline"]
    # Byte-compiled, or each process that a tool spawns would compile its imports again.
    sync = ["--python", str(folder), *offline, "--require-hashes", "--compile-bytecode", str(manifest.lock)]
    on = _on(cpus)
    before = time.monotonic()
    run_build([*on, find_uv_bin(), "venv", "--quiet", "--python", str(interpreter.path), str(folder)], manifest.name)
    run_build([*on, find_uv_bin(), "pip", "sync", "--quiet", *sync], manifest.name)
    seconds = time.monotonic() - before
    return Install(sum(wheel.stat().st_size for wheel in wheels), len(wheels), round(seconds, 3))


def fetch_wheels(manifest: Manifest, interpreter: Interpreter, cpus: tuple[int, ...]) -> None:
    """Download every wheel of a lock for a Python into the host's cache, on these CPUs. pip checks each hash.

    Raises `BuildError` if a download still fails after several tries.
    """
    locks = (manifest.lock,)
    if is_complete(manifest, locks):
        return
    folder = wheels_folder(manifest)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # The harness's own pip, run by the Python that wheels are wanted for.
    pip = [*_on(cpus), str(interpreter.path), str(Path(pip_package.__file__).parent)]
    command = [*pip, "download", "--quiet", "--no-deps", "--require-hashes"]

    def fetch(shard: Path) -> None:
        for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None):
            with attempt:
                run_build([*command, "--only-binary=:all:", "-d", str(folder), "-r", str(shard)], manifest.name)

    with tempfile.TemporaryDirectory() as written:
        shards = write_shards(Path(written), locks)
        with ThreadPoolExecutor(len(shards)) as pool:
            list(pool.map(fetch, shards))
    mark_complete(manifest, locks)


def _on(cpus: tuple[int, ...]) -> list[str]:
    """Return a prefix that pins a command to CPUs, because the harness itself may have few."""
    return ["taskset", "--cpu-list", ",".join(map(str, cpus))] if cpus else []
