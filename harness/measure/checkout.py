"""Which state of the code a checkout holds, as far as git tells."""

import os
import subprocess
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from harness.isolation.sources import PLACES, can_change_a_number

_LIMIT_S = 60
_ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"}
"""Variables of a git that runs a hook: they name the repository of that hook."""


def commit_of(folder: Path, systems: Collection[str]) -> tuple[str, bool]:
    """Return the commit of a checkout, and whether files were changed since that can change a number of these systems.

    Empty and false where there is no git, or the folder is no checkout: an archive that was unpacked inside a
    repository is none of that repository's commits.
    """
    top = _git(folder, "rev-parse", "--show-toplevel").strip()
    if not top or Path(top).resolve() != folder.resolve():
        return "", False
    return _git(folder, "rev-parse", "--verify", "HEAD").strip(), _changed(folder, systems)


def _changed(folder: Path, systems: Collection[str]) -> bool:
    # A stack gets what git ignores, too. Two letters and a space stand before each path.
    asked = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=traditional")
    told = _git(folder, "status", *asked, "--", *PLACES)
    return any(can_change_a_number(PurePosixPath(line[3:]), systems) for line in told.split("\0"))


def _git(folder: Path, *arguments: str) -> str:
    """Return what a git command prints; empty where it fails."""
    # Whoever runs a checkout's code trusts it, whomever its files belong to.
    command = ["git", "--no-optional-locks", "-c", f"safe.directory={folder}", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(done.stdout) if done.returncode == 0 else ""
