"""Which files of an orchestrator a stack needs, under the paths that they have there, and their digest."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from harness.orchestrators.manifest import MANIFEST, Manifest
from harness.paths import PIPELINES

_HARNESS_ALONE = {"driver.py", MANIFEST, "requirements.in", "compose.yaml", "NOTES.md"}
"""What only the harness or a person reads."""


def sources(folder: Path) -> list[Path]:
    """Return every file of a folder that a stack needs: no caches, and not what only the harness or a person reads."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name not in _HARNESS_ALONE
    )


def code_of(manifest: Manifest) -> dict[str, Path]:
    """Return an orchestrator's code and the reference beside it: the path of each file in a stack, and the file."""
    parts = (("pipeline", manifest.folder), ("reference", PIPELINES / "reference"))
    return {f"{name}/{path.relative_to(folder).as_posix()}": path for name, folder in parts for path in sources(folder)}


def content_sha256(files: Mapping[str, Path]) -> str:
    """Return the digest of files under the paths that they will have: paths, contents, and who may execute what."""
    digest = hashlib.sha256()
    for name, path in files.items():
        digest.update(f"{name} {os.access(path, os.X_OK)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
