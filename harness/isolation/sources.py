"""Which files of an orchestrator a stack needs, under the paths that they have there, and their digest."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from harness.orchestrators.manifest import MANIFEST, NOTES, Manifest
from harness.orchestrators.own_files import own_files
from harness.paths import PIPELINES

_NOT_IN_A_STACK = {"driver.py", MANIFEST, NOTES, "requirements.in", "compose.yaml"}
"""What only the harness or a person reads."""


def sources(folder: Path) -> list[Path]:
    """Return every file of a folder that a stack needs: its own, but for what only the harness or a person reads."""
    return [path for path in own_files(folder) if path.name not in _NOT_IN_A_STACK]


def is_program(path: Path) -> bool:
    """Whether a file is to be executed: a script says so in its first bytes, for a zip or a share may lose the mode."""
    with path.open("rb") as file:
        return file.read(2) == b"#!" or os.access(path, os.X_OK)


def code_of(manifest: Manifest) -> dict[str, Path]:
    """Return an orchestrator's code and the reference beside it: the path of each file in a stack, and the file."""
    parts = (("pipeline", manifest.folder), ("reference", PIPELINES / "reference"))
    return {f"{name}/{path.relative_to(folder).as_posix()}": path for name, folder in parts for path in sources(folder)}


def content_sha256(files: Mapping[str, Path]) -> str:
    """Return the digest of files under the paths that they will have: paths, contents, and who may execute what."""
    digest = hashlib.sha256()
    for name, path in files.items():
        digest.update(f"{name} {is_program(path)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
