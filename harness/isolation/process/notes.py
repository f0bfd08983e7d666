"""Notes about a round's processes, so that a later start can end exactly these."""

import os
from dataclasses import dataclass
from pathlib import Path

from harness import untrusted
from harness.provision.owner import Owner, process_of, this_process

_SUFFIX = ".processes"
_MOST_BYTES = 1 << 20


def find_rounds(rounds: Path) -> list[Path]:
    """Return the folders of all rounds, with those of which only the notes are left."""
    return sorted({path.with_name(path.name.removesuffix(_SUFFIX)) for path in rounds.iterdir()})


@dataclass(frozen=True)
class Notes:
    """The file of a round that names the harness and every process that the harness started for it."""

    path: Path

    @classmethod
    def of(cls, folder: Path) -> "Notes":
        """Return the notes of a round, next to its folder, which belongs to the serving user."""
        return cls(folder.with_name(f"{folder.name}{_SUFFIX}"))

    @classmethod
    def begin(cls, folder: Path) -> "Notes":
        """Start the notes of a round, with this harness in the first line.

        They exist before the folder and are removed after it, so that a round always has an owner.
        """
        notes = cls.of(folder)
        unfinished = cls(notes.path.with_suffix(".new"))
        unfinished._write(this_process())
        unfinished.path.replace(notes.path)
        return notes

    def add(self, pid: int) -> None:
        """Note a process down durably."""
        self._write(process_of(pid))

    def read(self) -> list[Owner]:
        """Return the noted processes, the harness first, without an incomplete line.

        Notes by another user are ignored. If the harness runs as the stack's user, the stack can write here, too.
        """
        try:
            text = untrusted.read(self.path, _MOST_BYTES).decode()
            return [Owner.parse(line) for line in text.split("\n")[:-1]]
        except (FileNotFoundError, untrusted.OddFile, ValueError):
            return []

    def abandoned(self) -> bool:
        """Whether the harness of these notes no longer runs. Without notes, whether the round's folder exists."""
        noted = self.read()
        return not noted[0].alive() if noted else self.path.with_suffix("").is_dir()

    def _write(self, noted: Owner) -> None:
        with untrusted.open_to_append(self.path, 0o644) as file:
            file.write(f"{noted}\n".encode())
            file.flush()
            os.fsync(file.fileno())
