"""Locks: every version of an environment with its hashes, resolved by uv from a `requirements.in`."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from uv import find_uv_bin

from harness.errors import HarnessError
from harness.orchestrators.lock import options_in
from harness.paths import COMPOSE, REPOSITORY
from harness.provision.commands import last_lines
from harness.provision.installers import INDEX_VARIABLES, PYTHON, installer_variables

SOURCE = "requirements.in"
LOCK = "requirements.lock"
_FLAGS = ("--quiet", "--python-version", PYTHON, "--no-python-downloads", "--only-binary", ":all:", "--generate-hashes")
_INDEX = f"{' or '.join(INDEX_VARIABLES)} for the index"
_LIMIT_S = 900
_NO_SOLUTION = 1
"""uv's exit code if no versions fit together. Other failures have higher codes."""


class RequirementsError(HarnessError):
    """Locking failed. `log` has uv's reason."""


def locks(folders: Iterable[Path]) -> dict[Path, Path]:
    """Return each `requirements.in` of these orchestrators, and the lock that is made of it."""
    return {folder / SOURCE: folder / LOCK for folder in folders if (folder / SOURCE).is_file()}


def common_locks() -> dict[Path, Path]:
    """Return what every stack needs, and the locks of it."""
    return {source: source.with_suffix(".lock") for source in sorted(COMPOSE.glob("*.in"))}


def lock(source: Path, target: Path, root: Path = REPOSITORY) -> None:
    """Resolve `source` into `target`, both below `root`. It keeps versions in `target` if they still fit.

    Raises `RequirementsError`.
    """
    named = [str(path.relative_to(root)) for path in (source, target)]
    for option in options_in(source.read_text(encoding="utf-8", errors="replace")):
        raise RequirementsError(
            f"{named[0]}, line {option.number}: {option.words!r} is an option, which a lock does not keep, because "
            "everything is installed from wheels of one index. Remove the line"
        )
    command = [find_uv_bin(), "pip", "compile", *_FLAGS, "--custom-compile-command", "make lock", named[0]]
    try:
        done = subprocess.run(
            [*command, "--output-file", named[1]],
            cwd=root,
            env=installer_variables(),
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        words = f"{named[0]}: not locked within {_LIMIT_S} s. Check the network, and {_INDEX}"
        raise RequirementsError(words) from error
    if done.returncode:
        why = (
            f" with only wheels for Python {PYTHON}"
            if done.returncode == _NO_SOLUTION
            else f". If the package index did not respond, check the network, and {_INDEX}"
        )
        # uv's output contains no password.
        raise RequirementsError(f"cannot lock {named[0]}{why}", log=last_lines(done.stderr.encode()))
