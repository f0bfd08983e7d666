"""The install of a lock, timed as in containers: an empty cache, a local folder of wheels, no index."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pip as pip_package
from uv import find_uv_bin

from harness.orchestrators.manifest import Manifest
from harness.provision.built import Install, Say
from harness.provision.installers import run_build
from harness.provision.process.interpreter import Interpreter
from harness.provision.wheels import SHARDS, fetch_wheels, install_of, wheels_folder


def time_install(manifest: Manifest, interpreter: Interpreter, cpus: tuple[int, ...]) -> Install:
    """Install an orchestrator's lock into a temporary environment, and return the cost. Raises `BuildError`."""
    # On the same disk as environments, because a temporary folder may be in memory.
    wheels = wheels_folder(manifest.name).parent
    wheels.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=wheels, prefix=".install-") as folder:
        return install(manifest.name, manifest.lock, Path(folder, "venv"), interpreter, cpus, say=lambda _: None)


def install(name: str, lock: Path, folder: Path, interpreter: Interpreter, cpus: tuple[int, ...], say: Say) -> Install:
    """Download the wheels of a lock and install them into a new environment, on these CPUs (empty: on all).

    Raises `BuildError` if a download or the install fails.
    """
    # A prefix, because the harness itself may have few CPUs.
    on = ["taskset", "--cpu-list", ",".join(map(str, cpus))] if cpus else []
    # The harness's own pip, run by the Python that wheels are wanted for.
    pip = [*on, str(interpreter.path), str(Path(pip_package.__file__).parent)]

    def download(shards: Path, wheels: Path) -> None:
        command = [*pip, "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        with ThreadPoolExecutor(SHARDS) as pool:
            commands = ([*command, "-d", str(wheels), "-r", str(shard)] for shard in shards.iterdir())
            list(pool.map(lambda each: run_build(each, name), commands))

    fetch_wheels(name, [lock], download, say)
    say(f"{name}: installing wheels")
    offline = ["--no-index", "--find-links", str(wheels_folder(name)), "--no-cache", "--offline"]
    # Byte-compiled, or each process that a tool spawns would compile its imports again.
    sync = ["--python", str(folder), *offline, "--require-hashes", "--compile-bytecode", str(lock)]
    before = time.monotonic()
    run_build([*on, find_uv_bin(), "venv", "--quiet", "--python", str(interpreter.path), str(folder)], name)
    run_build([*on, find_uv_bin(), "pip", "sync", "--quiet", *sync], name)
    return install_of(name, lock, round(time.monotonic() - before, 3))
