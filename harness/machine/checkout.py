"""Reads a checkout's commit from git, and whether changed files can change a number."""

import os
import subprocess
from collections.abc import Collection
from pathlib import Path, PurePath

from harness.paths import PIPELINES
from harness.provision.sources import REFERENCE, is_code

_PLACES = ("harness", "compose", PIPELINES.name, "uv.lock")
"""Where all files lie that can change a number."""
_LIMIT_S = 60
_ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"}
"""Variables that git sets for hooks, naming the hook's repository."""


def commit_of(folder: Path, systems: Collection[str]) -> tuple[str, bool]:
    """Return the commit of a checkout, and whether changed files can change a number of these systems.

    Empty and false without git, or if the folder is no checkout. An archive inside another repository has no commit.
    """
    top = _git(folder, "rev-parse", "--show-toplevel").strip()
    if not top or Path(top).resolve() != folder.resolve():
        return "", False
    return _git(folder, "rev-parse", "--verify", "HEAD").strip(), _changed(folder, systems)


def can_change_a_number(path: PurePath, systems: Collection[str]) -> bool:
    """Whether a file can change a number of these systems, by its path in the repository.

    These are files of the harness, files that every stack shares, and files of a system's own folder. Results,
    documents, tests and the folders of other systems do not count.
    """
    match path.parts:
        case ["pipelines", name, *inner]:
            return name in {REFERENCE, *systems} and is_code(PurePath(*inner))
        case ["harness", *_]:
            return path.suffix == ".py"
        case ["compose", _] | ["uv.lock"]:
            return is_code(path)
    return False


def _changed(folder: Path, systems: Collection[str]) -> bool:
    # A stack also gets files that git ignores. Two letters and a space precede each path.
    asked = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional")
    told = _git(folder, "status", *asked, "--", *_PLACES)
    return any(can_change_a_number(PurePath(line[3:]), systems) for line in told.split("\0"))


def _git(folder: Path, *arguments: str) -> str:
    """Return the output of a git command, or an empty string if it fails."""
    # A user who runs a checkout's code trusts it, whoever owns its files.
    command = ["git", "--no-optional-locks", "-c", f"safe.directory={folder}", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(done.stdout) if done.returncode == 0 else ""
