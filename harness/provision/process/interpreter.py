"""The Python that environments are made for: one of the locks' version that the serving user can really run."""

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.provision.built import Say
from harness.provision.commands import CommandError, run_command
from harness.provision.installers import PYTHON, installer_variables
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.user import User

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
    """Return the first fitting Python that the serving user can run. uv downloads one if necessary.

    Raises `NoInterpreter` with all tried Pythons.
    """
    user = paths.user
    there = [path for path in dict.fromkeys(_candidates()) if path.exists()]
    if found := _first([*there, *_fetched(paths)], user):
        return found
    say(f"python: downloading {PYTHON} for user {user.name}")
    why = _fetch(paths, uv)
    if found := _first(_fetched(paths), user):
        return found
    tried = f"That user cannot run {', '.join(map(str, there))}" if there else "This system has none"
    fetched = f"uv could not download one: {why}" if why else f"That user cannot run the one in {paths.python} either"
    raise NoInterpreter(
        f"there is no Python {PYTHON} that user {user.name} can run. {tried}. {fetched}",
        remedy=f"export UV_PYTHON_INSTALL_MIRROR=URL, or install a Python {PYTHON} that every user can run",
    )


def _candidates() -> list[Path]:
    named = f"python{PYTHON}"
    on_path = shutil.which(named)
    system = [Path("/usr/bin") / named, Path("/usr/local/bin") / named]
    return [*system, *([Path(on_path)] if on_path else []), Path(sys.base_prefix) / "bin" / named]


def _fetched(paths: ProcessPaths) -> list[Path]:
    return sorted(paths.python.glob(f"cpython-{PYTHON}*/bin/python{PYTHON}"))


def _first(pythons: Iterable[Path], user: User) -> Interpreter | None:
    """Return the first Python that has the right version and runs as a user."""
    for path in pythons:
        try:
            done = user.run([str(path), "-I", "-c", _PROBE], env={"PATH": "/usr/bin:/bin"})
        except CommandError:
            continue
        short, _, whole = done.stdout.strip().partition(" ")
        if done.returncode == 0 and short == PYTHON:
            return Interpreter(path, whole)
    return None


def _fetch(paths: ProcessPaths, uv: str) -> str:
    """Let uv download a Python, without a program in the user's home. Return the reason of a failure."""
    variables = {"UV_PYTHON_INSTALL_DIR": str(paths.python), "UV_PYTHON_INSTALL_BIN": "0"}
    # Compiled: stacks run as a user who cannot, and each of their processes would do it again.
    command = [uv, "python", "install", "--no-progress", "--compile-bytecode", PYTHON]
    try:
        done = run_command(command, _FETCH_LIMIT_S, env={**installer_variables(), **variables})
    except CommandError as error:
        return str(error)
    reason = " ".join(done.stderr.split())[-_LONGEST_REASON:] or f"exit code {done.returncode}"
    return reason if done.returncode else ""
