"""The Python that environments are made for: one of the locks' version that the serving user can really run."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.isolation.installers import installer_variables
from harness.isolation.process.user import User
from harness.isolation.protocol import Say
from harness.paths import CACHE

PYTHON = "3.11"
"""What every lock was made for (`make lock`)."""
_FETCH_LIMIT_S = 120
_PROBE = "import ctypes, sqlite3, ssl, sys; print('%d.%d %d.%d.%d' % (sys.version_info[:2] + sys.version_info[:3]))"


class NoInterpreter(HarnessError):
    """There is no Python of the locks' version that the serving user can run."""


@dataclass(frozen=True)
class Interpreter:
    """A Python of this host, and its whole version."""

    path: Path
    version: str


def find_interpreter(user: User, uv: str, say: Say) -> Interpreter:
    """Return the first Python of the right version that runs as `user`; let uv fetch one where there is none.

    Raises `NoInterpreter`.
    """
    for path in _candidates():
        if version := _version(path, user):
            return Interpreter(path, version)
    folder = CACHE / "python"
    say(f"python: fetching {PYTHON}, which this system lacks")
    environment = {**installer_variables(), "UV_PYTHON_INSTALL_DIR": str(folder)}
    command = [uv, "python", "install", "--quiet", PYTHON]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env=environment, capture_output=True, timeout=_FETCH_LIMIT_S, check=False)
    for path in sorted(folder.glob(f"cpython-{PYTHON}*/bin/python{PYTHON}")):
        if version := _version(path, user):
            return Interpreter(path, version)
    raise NoInterpreter(
        f"no Python {PYTHON} that user {user.name} can run, and uv could fetch none",
        remedy=f"sudo apt-get install python{PYTHON}",
    )


def _candidates() -> Iterator[Path]:
    named = f"python{PYTHON}"
    yield from (Path("/usr/bin") / named, Path("/usr/local/bin") / named)
    if on_path := shutil.which(named):
        yield Path(on_path)
    yield Path(sys.base_prefix) / "bin" / named


def _version(path: Path, user: User) -> str:
    """Return the whole version of a Python, empty where it is of another version or does not run as `user`."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _PROBE],
            cwd="/",
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            **user.identity,  # type: ignore[call-overload]
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    short, _, whole = str(done.stdout).strip().partition(" ")
    return whole if done.returncode == 0 and short == PYTHON else ""
