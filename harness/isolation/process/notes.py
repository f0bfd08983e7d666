"""What a round notes down about its processes, so that a later start can end what is left and nothing else."""

import os
from dataclasses import dataclass
from pathlib import Path

from harness.isolation.owner import Owner, process_of, this_process


@dataclass(frozen=True)
class Notes:
    """The file of a round that names the harness and every process that the harness started for it."""

    path: Path

    @classmethod
    def begin(cls, folder: Path) -> "Notes":
        """Start the notes of a round, with this harness in the first line."""
        notes = cls(folder / "processes")
        notes._write(this_process())
        return notes

    def add(self, pid: int) -> None:
        """Note a process down durably."""
        self._write(process_of(pid))

    def read(self) -> list[Owner]:
        """Return what was noted, the harness first; a line that was cut short is left out."""
        if not self.path.exists():
            return []
        return [Owner.parse(line) for line in self.path.read_text().split("\n")[:-1]]

    def _write(self, noted: Owner) -> None:
        with self.path.open("a") as file:
            file.write(f"{noted}\n")
            file.flush()
            os.fsync(file.fileno())
