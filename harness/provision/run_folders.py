"""Folders that live as long as a stack, a container or a benchmark. Notes next to each say which harness uses it."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import untrusted
from harness.paths import RUNS
from harness.provision.owner import Owner, process_of, this_process

_SUFFIX = ".processes"
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Notes:
    """The file next to a folder that names the harness and every process that the harness started for it."""

    path: Path

    @classmethod
    def of(cls, folder: Path) -> "Notes":
        """Return the notes of a folder."""
        return cls(folder.with_name(f"{folder.name}{_SUFFIX}"))

    @classmethod
    def begin(cls, folder: Path) -> "Notes":
        """Start the notes of a folder before it exists, with this harness first. They go after it."""
        notes = cls.of(folder)
        unfinished = cls(notes.path.with_suffix(".new"))
        unfinished._write(this_process())
        unfinished.path.replace(notes.path)
        return notes

    def add(self, pid: int) -> None:
        """Note a process down durably."""
        self._write(process_of(pid))

    def read(self) -> list[Owner]:
        """Return the noted processes, the harness first, without another user's notes or an incomplete line."""
        try:
            text = untrusted.read(self.path, _MOST_BYTES).decode()
            return [Owner.parse(line) for line in text.split("\n")[:-1]]
        except (FileNotFoundError, untrusted.OddFile, ValueError):
            return []

    def _write(self, noted: Owner) -> None:
        with untrusted.open_to_append(self.path, 0o644) as file:
            file.write(f"{noted}\n".encode())
            file.flush()
            os.fsync(file.fileno())


def abandoned(place: Path) -> list[Path]:
    """Return the folders in a place whose harness no longer runs, and those of which only the notes are left."""
    folders = {path.with_name(path.name.removesuffix(_SUFFIX)) for path in place.glob("*")}
    noted = {folder: Notes.of(folder).read() for folder in sorted(folders)}
    return [folder for folder, each in noted.items() if (not each[0].alive() if each else folder.is_dir())]


def remove_run_folder(folder: Path) -> None:
    """Remove a folder, and then its notes."""
    untrusted.remove(folder)
    Notes.of(folder).path.unlink(missing_ok=True)


def remove_dead_run_folders() -> None:
    """Remove the folders of this checkout whose harness no longer runs."""
    for folder in abandoned(RUNS):
        remove_run_folder(folder)


def make_run_folder(name: str) -> Path:
    """Create a folder that no other user can enter. A container's user only sees its mounted content."""
    RUNS.mkdir(parents=True, exist_ok=True)
    Notes.begin(RUNS / name)
    (RUNS / name).mkdir(mode=0o700)
    return RUNS / name


@contextmanager
def short_lived(what: str) -> Iterator[Path]:
    """Create a temporary folder of this checkout for something other than a stack, such as one container."""
    folder = make_run_folder(f"orchbench-{what}-{secrets.token_hex(3)}")
    try:
        yield folder
    finally:
        remove_run_folder(folder)
