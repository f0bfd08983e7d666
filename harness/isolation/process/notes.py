"""What a round notes down about its processes, so that a later start can end what is left and nothing else.

A process is known by its id and its start time: an id that was given away again has another start time.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAME_S = 0.1
"""Start times are told in ticks of 10 ms since the boot (proc(5)), and converted."""


@dataclass(frozen=True)
class Noted:
    """A process: its id, and when it started, in seconds since the Unix epoch."""

    pid: int
    started_s: float

    def process(self) -> psutil.Process | None:
        """Return the process if it still runs; `None` where it has ended or the id is another's by now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_s) < _SAME_S
        except psutil.NoSuchProcess:
            return None
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None


@dataclass(frozen=True)
class Notes:
    """The file of a round that names the harness and every process that the harness started for it."""

    path: Path

    @classmethod
    def begin(cls, folder: Path) -> "Notes":
        """Start the notes of a round, with this harness in the first line."""
        notes = cls(folder / "processes.jsonl")
        notes.add(os.getpid())
        return notes

    def add(self, pid: int) -> None:
        """Note a process down durably."""
        line = json.dumps({"pid": pid, "started_s": psutil.Process(pid).create_time()})
        with self.path.open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Noted]:
        """Return what was noted, the harness first; a line that was cut short is left out."""
        if not self.path.exists():
            return []
        whole = self.path.read_text().split("\n")[:-1]
        return [Noted(**json.loads(line)) for line in whole]
