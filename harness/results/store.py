"""The append-only store of records: one JSON object per line, chained to the line before and synced to disk."""

import os
from pathlib import Path

from pydantic import ValidationError

from harness.results.chain import ChainError, chained, split
from harness.results.records import RECORDS, Record, RecordError, parse


class Store:
    """Appends records to a benchmark's folder. A line is on the disk before the call returns.

    The first record is chained to `genesis`, the digest of the environment. The benchmark began at `began_s`.
    """

    def __init__(self, folder: Path, genesis: str, began_s: float = 0.0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / RECORDS
        lines = _cut_partial_line(self._path)
        try:
            self._link = split(lines[-1])[1] if lines else genesis
            self.latest_s = parse(lines[-1]).at_s if lines else began_s
        except (ChainError, ValidationError) as error:
            raise RecordError(f"{self._path}: cannot append, because the last record is unreadable") from error
        """The time of the last record. If the clock is set back, this stays until the clock has caught up."""

    def append(self, record: Record) -> None:
        """Write one record durably.

        Raises `RecordError` if the disk is full or the file cannot be written. Earlier lines stay whole.
        """
        self.latest_s = max(self.latest_s, record.at_s)
        stamped = record.model_copy(update={"at_s": self.latest_s})
        line = chained(self._link, stamped.model_dump_json().encode())
        try:
            _append(self._path, line + b"\n")
        except OSError as error:
            raise RecordError(
                f"{self._path}: cannot write a record ({error}). Free some disk space, then resume",
                remedy="orchbench bench --resume",
            ) from error
        self._link = split(line)[1]


def _append(path: Path, line: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            if file.write(line) != len(line):
                raise OSError("short write: is the disk full?")
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise


def _cut_partial_line(path: Path) -> list[bytes]:
    """Remove a last line without a newline, which a crash leaves, and return the whole lines."""
    *lines, partial = path.read_bytes().split(b"\n") if path.exists() else [b""]
    if partial:
        os.truncate(path, path.stat().st_size - len(partial))
    return lines
