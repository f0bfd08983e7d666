"""The Python that environments are made for: one of the locks' version that the serving user can really run."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.provision.built import Say
from harness.provision.commands import CommandError, run_command
from harness.provision.installers import installer_variables
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.user import User

PYTHON = "3.11"
"""What every lock was made for (`make lock`)."""
_FETCH_LIMIT_S = 120
_LONGEST_REASON = 300
_PROBE = "import ctypes, sqlite3, ssl, sys; print('%d.%d %d.%d.%d' % (sys.version_info[:2] + sys.version_info[:3]))"


class NoInterpreter(HarnessError):
    """There is no Python of the locks' version that the serving user can run."""


@dataclass(frozen=True)
class Interpreter:
    """A Python of this host, and its whole version."""

    path: Path
    version: str


def find_interpreter(paths: ProcessPaths, uv: str, say: Say) -> Interpreter:
    """Return the first Python of the right version that runs as the serving user. uv downloads one if necessary.

    Raises `NoInterpreter` with all tried Pythons.
    """
    user = paths.user
    there = [path for path in dict.fromkeys(_candidates()) if path.exists()]
    for path in (*there, *_fetched(paths)):
        if version := _version(path, user):
            return Interpreter(path, version)
    say(f"python: downloading {PYTHON} for user {user.name}")
    why = _fetch(paths, uv)
    for path in _fetched(paths):
        if version := _version(path, user):
            return Interpreter(path, version)
    found = f"That user cannot run {', '.join(map(str, there))}" if there else "This system has none"
    fetched = f"uv could not download one: {why}" if why else f"That user cannot run the one in {paths.python} either"
    raise NoInterpreter(
        f"there is no Python {PYTHON} that user {user.name} can run. {found}. {fetched}",
        remedy=f"export UV_PYTHON_INSTALL_MIRROR=URL, or install a Python {PYTHON} that every user can run",
    )


def _candidates() -> Iterator[Path]:
    named = f"python{PYTHON}"
    yield from (Path("/usr/bin") / named, Path("/usr/local/bin") / named)
    if on_path := shutil.which(named):
        yield Path(on_path)
    yield Path(sys.base_prefix) / "bin" / named


def _fetched(paths: ProcessPaths) -> list[Path]:
    return sorted(paths.python.glob(f"cpython-{PYTHON}*/bin/python{PYTHON}"))


def _fetch(paths: ProcessPaths, uv: str) -> str:
    """Let uv download a Python, without a program in the user's home. Return the reason of a failure."""
    told = {"UV_PYTHON_INSTALL_DIR": str(paths.python), "UV_PYTHON_INSTALL_BIN": "0"}
    # Compiled: stacks run as a user who cannot, and each of their processes would do it again.
    command = [uv, "python", "install", "--no-progress", "--compile-bytecode", PYTHON]
    try:
        done = run_command(command, _FETCH_LIMIT_S, env={**installer_variables(), **told})
    except CommandError as error:
        return str(error)
    if not done.returncode:
        return ""
    return " ".join(done.stderr.split())[-_LONGEST_REASON:] or f"exit code {done.returncode}"


def _version(path: Path, user: User) -> str:
    """Return the full version of a Python. Empty if it has another version or does not run as `user`."""
    try:
        done = user.run([str(path), "-I", "-c", _PROBE], env={"PATH": "/usr/bin:/bin"})
    except CommandError:
        return ""
    short, _, whole = done.stdout.strip().partition(" ")
    return whole if done.returncode == 0 and short == PYTHON else ""
