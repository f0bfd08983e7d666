"""Which state of the code a checkout holds, as far as git tells."""

import os
import subprocess
from pathlib import Path

_LIMIT_S = 60
_ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"}
"""Variables of a git that runs a hook: they name the repository of that hook."""


def commit_of(folder: Path) -> tuple[str, bool]:
    """Return the commit of a checkout, and whether its files were changed since.

    Empty and false where there is no git, or the folder is no checkout: an archive that was unpacked inside a
    repository is none of that repository's commits.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != folder.resolve():
        return "", False
    changes = _git(folder, "status", "--porcelain", "--untracked-files=normal")
    return _git(folder, "rev-parse", "--verify", "HEAD"), bool(changes)


def _git(folder: Path, *arguments: str) -> str:
    """Return what a git command prints; empty where it fails."""
    # Whoever runs a checkout's code trusts it, whomever its files belong to.
    command = ["git", "--no-optional-locks", "-c", f"safe.directory={folder}", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
