"""Where the repository is, and where each kind of file lies in it."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PIPELINES = REPOSITORY / "pipelines"
COMPOSE = REPOSITORY / "compose"
RESULTS = REPOSITORY / "results"
SITE = REPOSITORY / "site"
CACHE = REPOSITORY / ".cache"
LANDING = CACHE / "landing"
RUNS = REPOSITORY / ".run"
"""Folders of running stacks. Each is removed with its stack."""


def shown(path: Path) -> Path:
    """Return a path relative to the working folder if it is inside it, and unchanged otherwise."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
