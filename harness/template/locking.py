"""Locks: every version of an environment with its hashes, resolved by uv from a `requirements.in`."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from uv import find_uv_bin

from harness.errors import HarnessError
from harness.isolation.installers import installer_variables
from harness.isolation.package_index import INDEX_VARIABLES
from harness.isolation.process.interpreter import PYTHON
from harness.orchestrators.lock import options_in
from harness.paths import CACHE, COMPOSE, REPOSITORY, shown

SOURCE = "requirements.in"
LOCK = "requirements.lock"
_FLAGS = ("--quiet", "--python-version", PYTHON, "--no-python-downloads", "--only-binary", ":all:", "--generate-hashes")
_LOGS = CACHE / "locking"
_LONGEST = 300
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
    for option in options_in(source.read_text(encoding="utf-8", errors="replace")):
        raise RequirementsError(
            f"{named[0]}, line {option.number}: {option.words!r} is an option, and options are not kept in a lock: "
            "everything is installed from wheels of one index; take the line out"
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
        raise RequirementsError(
            f"{named[0]} was not locked in {_LIMIT_S} s; check the network, and {' or '.join(INDEX_VARIABLES)} for the "
            "index"
        ) from error
    if done.returncode:
        raise _error(named[0], source.parent.name, done.returncode, done.stderr)


def _error(source: str, whose: str, code: int, said: str) -> RequirementsError:
    # uv wraps its lines and draws a tree of causes, and names no password in it.
    reason = " ".join(re.sub(r"[×╰├│▶─]", " ", said).split()).removeprefix("error: ")
    words = _essence(reason)
    account = f" (uv's whole account is in {kept})" if words != reason and (kept := _kept(whose, said)) else ""
    if code == _NO_SOLUTION:
        return RequirementsError(f"{source} cannot be locked, with wheels for Python {PYTHON} alone: {words}{account}")
    return RequirementsError(
        f"{source} cannot be locked: {words}{account}; if the package index did not answer, check the network, and "
        f"{' or '.join(INDEX_VARIABLES)} for the index"
    )


def _essence(reason: str) -> str:
    """Return the shortest of the causes that uv begins a proof with, and what it says next of whom that concerns."""
    proofs = re.findall(r"Because (.+?), we can conclude(?:.+?And because ((?:(?!we know).)+?), we can)?", reason)
    cause, concerns = min(proofs, key=lambda proof: len(proof[0]), default=(reason, ""))
    words = f"{cause}; {concerns}" if concerns else cause
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _kept(whose: str, said: str) -> str:
    """Keep what uv said in a file, and return its name; empty where it cannot be written."""
    try:
        _LOGS.mkdir(parents=True, exist_ok=True)
        (_LOGS / f"{whose}.log").write_text(said, encoding="utf-8")
    except OSError:
        return ""
    return str(shown(_LOGS / f"{whose}.log"))
