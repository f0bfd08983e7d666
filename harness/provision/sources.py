"""Finds the files of a tool that can change a number, and those that a stack needs. Computes their digest."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from harness.errors import HarnessError
from harness.orchestrators.manifest import MANIFEST, NOTES, Manifest
from harness.orchestrators.own_files import OF_TOOLS, own_files
from harness.paths import PIPELINES

REFERENCE = "reference"
_FOR_PERSONS = {NOTES, "requirements.in"}
_FOR_THE_HARNESS = {"driver.py", MANIFEST, "compose.yaml"}
_LEFT_BEHIND = (".pyc", "~", ".swp", ".DS_Store")
"""How the names of files end that Python, editors and file managers leave behind."""


class LineEndError(HarnessError):
    """Programs of this checkout cannot be run: the kernel takes a carriage return for part of an interpreter's name."""


def is_code(path: PurePath) -> bool:
    """Whether a file is neither a cache nor only for people, by its path in an orchestrator's folder."""
    left_behind = path.name.endswith(_LEFT_BEHIND) or not OF_TOOLS.isdisjoint(path.parts)
    return not left_behind and path.name not in _FOR_PERSONS


def code_in(folder: Path) -> list[Path]:
    """Return every file of an orchestrator's folder that can change a number."""
    return [path for path in own_files(folder) if is_code(path.relative_to(folder))]


def sources(folder: Path) -> list[Path]:
    """Return every file of a folder that a stack needs, without caches and files for the harness or people."""
    return [path for path in code_in(folder) if path.name not in _FOR_THE_HARNESS]


def is_program(path: Path) -> bool:
    """Whether a file is a program, by its first bytes, because a zip file or a share may lose its mode."""
    with path.open("rb") as file:
        return file.read(2) == b"#!" or os.access(path, os.X_OK)


def code_of(manifest: Manifest) -> dict[str, Path]:
    """Return a tool's code and the reference next to it, or else this checkout's, by their paths in a stack."""
    beside = manifest.folder.parent / REFERENCE
    parts = (("pipeline", manifest.folder), (REFERENCE, beside if beside.is_dir() else PIPELINES / REFERENCE))
    return {f"{name}/{path.relative_to(folder).as_posix()}": path for name, folder in parts for path in sources(folder)}


def content_sha256(files: Mapping[str, Path]) -> str:
    """Return the digest of files with their final paths: paths, contents and executable bits."""
    digest = hashlib.sha256()
    for name, path in files.items():
        digest.update(f"{name} {is_program(path)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def demand_unix_lines(files: Iterable[Path]) -> None:
    """Raise `LineEndError` if any of these files is a script whose first line ends with a carriage return."""
    broken = [path for path in files if re.match(rb"#!.*\r\n", path.read_bytes())]
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise LineEndError(
            f"{broken[0]} has Windows line endings and cannot run{more}",
            remedy=f"sed -i 's/\\r$//' {' '.join(map(str, broken))}",
        )
