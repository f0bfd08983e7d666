"""Checks a folder's Python with the project's linter, as `make lint` does."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from harness.check.verdict import Fault, NotAsked
from harness.paths import REPOSITORY

_LIMIT_S = 60
_COMMANDS = {
    ("check", "--output-format", "concise"): "ruff finds problems in its Python code",
    ("format", "--check"): "ruff would format its Python code differently",
}


def lint(folder: Path) -> Iterator[Fault]:
    """Check that ruff finds nothing, with the settings of this checkout.

    Raises `NotAsked` without ruff, and for a folder elsewhere, for which these settings are not meant.
    """
    if find_spec("ruff") is None:
        raise NotAsked("ruff is not installed (run: make env)")
    if not folder.is_relative_to(REPOSITORY):
        raise NotAsked("it is outside this checkout")
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
            yield Fault(f"{folder}: {what}", "run `make format`, then fix the rest by hand", said)
