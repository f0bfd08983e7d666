"""A folder's Python passes the project's own linter, as `make lint` asks of every file."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from harness.check.verdict import Fault, NotAsked
from harness.paths import REPOSITORY

_LIMIT_S = 60
_COMMANDS = {
    ("check", "--output-format", "concise"): "ruff objects to its Python",
    ("format", "--check"): "ruff would lay out its Python otherwise",
}


def lint(folder: Path) -> Iterator[Fault]:
    """Look that ruff has nothing to say, by the settings of this checkout.

    Raises `NotAsked` without ruff, and for a folder elsewhere, which those settings do not mean.
    """
    if find_spec("ruff") is None:
        raise NotAsked("ruff is not installed here: make env")
    if not folder.is_relative_to(REPOSITORY):
        raise NotAsked("it lies outside of this checkout")
    for command, what in _COMMANDS.items():
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", str(folder.relative_to(REPOSITORY))],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
        if done.returncode:
            said = done.stdout + done.stderr
            yield Fault(f"{folder}: {what}", "make format, and change by hand what it leaves", said)
