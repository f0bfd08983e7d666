"""The wheels of a lock in this host's cache: their folder, their download, and the cost of their install."""

import hashlib
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pip
import stamina
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from harness.orchestrators.lock import read_lock
from harness.paths import CACHE, COMPOSE
from harness.provision.built import BuildError, Install, Say, let_everyone_read
from harness.provision.installers import run_build

INSTALLER_LOCK = COMPOSE / "installer.lock"
SHARDS = 2
"""The number of parallel downloads. pip computes more than it waits, and on two CPUs a third one slowed down all."""
_TRIES = 3


def wheels_folder(name: str) -> Path:
    """Return the folder with the wheels of a lock, by the name of its environment."""
    return CACHE / "wheels" / name


def fetch_wheels(name: str, locks: Sequence[Path], python: Sequence[str], say: Say, target: Sequence[str] = ()) -> None:
    """Download every wheel of some locks, unless they are there. pip checks each hash.

    `target` are pip's options for wheels of another Python or system. Raises `BuildError` after several tries.
    """
    folder = wheels_folder(name)
    folder.mkdir(parents=True, exist_ok=True)
    let_everyone_read(folder)
    complete = folder / ".complete"
    digests = [hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks]
    if complete.exists() and {*digests} <= {*complete.read_text().split()}:
        return
    say(f"{name}: downloading wheels")
    # The harness's own pip.
    command = [*python, str(Path(pip.__file__).parent), "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", *target, "-d", str(folder)]

    def download(shard: Path) -> None:
        for attempt in stamina.retry_context(on=BuildError, attempts=_TRIES, timeout=None):
            with attempt:
                run_build([*command, "-r", str(shard)], name)

    with tempfile.TemporaryDirectory() as shards, ThreadPoolExecutor(SHARDS) as pool:
        list(pool.map(download, write_shards(Path(shards), locks)))
    complete.write_text("\n".join(digests))


def write_shards(folder: Path, locks: Sequence[Path]) -> list[Path]:
    """Split the pins of locks for parallel downloads. They are independent, because `pip download` has `--no-deps`."""
    pins = [pin.text for lock in locks for pin in read_lock(lock).pins]
    paths = [folder / f"{number}.lock" for number in range(min(SHARDS, len(pins)))]
    for number, path in enumerate(paths):
        path.write_text("".join(pins[number::SHARDS]))
    return paths


def install_of(name: str, lock: Path, seconds: float) -> Install:
    """Return the cost of an install of a lock. Its folder may also contain the installer's and older wheels."""
    pins = {(pin.name, Version(pin.version)) for pin in read_lock(lock).pins}
    wheels = [path for path in wheels_folder(name).glob("*.whl") if parse_wheel_filename(path.name)[:2] in pins]
    return Install(sum(wheel.stat().st_size for wheel in wheels), len(wheels), seconds)
