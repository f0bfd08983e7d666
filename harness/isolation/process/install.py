"""The install of a lock, timed as in containers: an empty cache, a local folder of wheels, no index."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import stamina
from uv import find_uv_bin

from harness.isolation.package_index import index_variables
from harness.isolation.process.environments import Environment
from harness.isolation.process.interpreter import Interpreter
from harness.isolation.protocol import BuildError, Install
from harness.isolation.wheels import INSTALLER_LOCK, is_complete, mark_complete, wheels_folder, wheels_of
from harness.orchestrators.manifest import Manifest

_TRIES = 3


def time_install(
    manifest: Manifest, installer: Environment, interpreter: Interpreter, cpus: tuple[int, ...]
) -> Install:
    """Install an orchestrator's lock once into a new environment, on these CPUs (empty: on all), and time it.

    Raises `BuildError` when a download or the install fails.
    """
    _fetch_wheels(manifest, installer)
    wheels = wheels_of(manifest)
    # On the disk that environments lie on: a temporary folder may be in memory.
    with tempfile.TemporaryDirectory(dir=wheels_folder(manifest).parent, prefix=".install-") as folder:
        environment = Path(folder, "venv")
        offline = ["--no-index", "--find-links", str(wheels_folder(manifest)), "--no-cache", "--offline"]
        sync = ["--python", str(environment), *offline, "--require-hashes", "--compile-bytecode", str(manifest.lock)]
        on = ["taskset", "--cpu-list", ",".join(map(str, cpus))] if cpus else []
        before = time.monotonic()
        _run([*on, find_uv_bin(), "venv", "--quiet", "--python", str(interpreter.path), str(environment)], "uv venv")
        _run([*on, find_uv_bin(), "pip", "sync", "--quiet", *sync], "uv pip sync")
        seconds = time.monotonic() - before
    return Install(sum(wheel.stat().st_size for wheel in wheels), len(wheels), round(seconds, 3))


def _fetch_wheels(manifest: Manifest, installer: Environment) -> None:
    """Fetch every wheel of a lock into the cache on the host; pip checks each hash."""
    if is_complete(manifest):
        return
    folder = wheels_folder(manifest)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [str(installer.bin / "pip"), "download", "--quiet", "--no-deps", "--require-hashes"]
    # The installer's too: containers find the whole folder as they need it.
    for lock in (INSTALLER_LOCK, manifest.lock):
        for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None):
            with attempt:
                _run([*command, "--only-binary=:all:", "-d", str(folder), "-r", str(lock)], manifest.name)
    mark_complete(manifest)


def _run(command: list[str], what: str) -> None:
    environment = {
        **os.environ,
        **index_variables(),
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(f"{what} failed:\n{(done.stderr or done.stdout).strip()[-1500:]}")
