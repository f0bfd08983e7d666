"""Finds a folder's own files, without caches and environments of tools."""

import os
from pathlib import Path

OF_TOOLS = {"__pycache__", ".venv", "node_modules", ".git"}
"""Names of folders that tools keep for themselves."""
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")
"""Files that mark a virtual environment or a cache (bford.info/cachedir), whatever its name."""


def own_files(folder: Path) -> list[Path]:
    """Return a folder's own files in order."""
    found: list[Path] = []
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if not _strange(Path(place, name))]
        found += (Path(place, name) for name in files)
    return sorted(path for path in found if path.is_file())


def of_their_own(paths: set[Path], folder: Path) -> set[Path]:
    """Return the paths below a folder that are not in an environment or a cache."""
    parents = {parent for path in paths for parent in path.parents if parent.is_relative_to(folder)} - {folder}
    strange = {parent for parent in parents if _strange(parent)}
    return {path for path in paths if strange.isdisjoint(path.parents)}


def _strange(folder: Path) -> bool:
    """Whether a folder is an environment or a cache: it has a marker, or ignores all of its content."""
    if folder.name in OF_TOOLS or folder.name.endswith(".egg-info"):
        return True
    if any((folder / mark).is_file() for mark in _MARKS):
        return True
    ignoring = folder / ".gitignore"
    return ignoring.is_file() and ignoring.read_text(errors="replace").split() == ["*"]
