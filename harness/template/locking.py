"""Locks: every version of an environment with its hashes, resolved by uv from a `requirements.in`."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from uv import find_uv_bin

from harness.errors import HarnessError
from harness.isolation.package_index import INDEX_VARIABLES, index_variables
from harness.isolation.process.interpreter import PYTHON
from harness.orchestrators.lock import parse_lock
from harness.paths import COMPOSE, REPOSITORY

SOURCE = "requirements.in"
LOCK = "requirements.lock"
_FLAGS = ("--quiet", "--python-version", PYTHON, "--no-python-downloads", "--only-binary", ":all:", "--generate-hashes")
_LIMIT_S = 900
_NO_SOLUTION = 1
"""How uv exits where no versions fit together; whatever else fails, it exits with more."""


class RequirementsError(HarnessError):
    """A lock could not be made; the message holds uv's own reason."""


def locks(folders: Iterable[Path]) -> dict[Path, Path]:
    """Return each `requirements.in` of these orchestrators, and the lock that is made of it."""
    return {folder / SOURCE: folder / LOCK for folder in folders if (folder / SOURCE).is_file()}


def common_locks() -> dict[Path, Path]:
    """Return what every stack needs, and the locks of it."""
    return {source: source.with_suffix(".lock") for source in sorted(COMPOSE.glob("*.in"))}


def lock(source: Path, target: Path, root: Path = REPOSITORY) -> None:
    """Resolve `source` into `target`, both below `root`; versions that `target` holds already are kept where they fit.

    Raises `RequirementsError`.
    """
    named = [str(path.relative_to(root)) for path in (source, target)]
    command = [find_uv_bin(), "pip", "compile", *_FLAGS, "--custom-compile-command", "make lock", named[0]]
    environment = {**os.environ, **index_variables()}
    # Else uv looks for settings and an environment of the project that it happens to be called in.
    environment.pop("VIRTUAL_ENV", None)
    try:
        done = subprocess.run(
            [*command, "--output-file", named[1]],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RequirementsError(
            f"{named[0]} was not locked in {_LIMIT_S} s; check the network, and {' or '.join(INDEX_VARIABLES)} for the "
            "index"
        ) from error
    if done.returncode:
        raise _error(named[0], done.returncode, done.stderr)


def pinned(lock_text: str) -> Mapping[str, str]:
    """Return the version of each package that a lock holds."""
    return {pin.name: pin.version for pin in parse_lock(lock_text).pins}


def _error(source: str, code: int, said: str) -> RequirementsError:
    # uv wraps its lines and draws a tree of causes, and names no password in it.
    reason = " ".join(re.sub(r"[×╰├│▶─]", " ", said).split()).removeprefix("error: ")
    if code == _NO_SOLUTION:
        reason = (
            reason.removeprefix("No solution found when resolving dependencies").lstrip(": ").removeprefix("cause: ")
        )
        return RequirementsError(f"{source} cannot be locked: {reason}")
    return RequirementsError(
        f"{source} cannot be locked, for the package index did not answer: {reason}; check the network, and "
        f"{' or '.join(INDEX_VARIABLES)} for the index"
    )
