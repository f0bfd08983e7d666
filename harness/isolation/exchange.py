"""The folder that harness and pipeline share. Its content cannot be trusted, because the stack can change it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import untrusted
from harness.errors import Failure

EVENTS, FAULTS = "events.jsonl", "faults.json"
_FAULTS_MOST_BYTES = 64 << 10


@dataclass(frozen=True)
class Exchange:
    """The shared paths, and the files that the harness puts there."""

    folder: Path

    @property
    def events(self) -> Path:
        """The probe's event file."""
        return self.folder / EVENTS

    @property
    def unit_test(self) -> Path:
        """Where a unit test's time and end are written."""
        return self.folder / "unit_test.json"

    @property
    def faults(self) -> Path:
        """The file with the faults that the probe should inject."""
        return self.folder / FAULTS

    def odd_faults(self) -> dict[str, str]:
        """Describe a problem with the file of faults, by its name. Empty if there is none."""
        try:
            untrusted.size_bytes(self.faults, _FAULTS_MOST_BYTES)
        except untrusted.OddFile as odd:
            return {self.faults.name: str(odd)}
        except OSError as error:
            return {self.faults.name: f"{self.faults.name}: {error.strerror}"}
        return {}

    @property
    def output(self) -> Path:
        """Where the pipeline writes Parquet."""
        return self.folder / "output"

    def fill(self) -> None:
        """Create everything in an existing folder, writable for the stack, whatever its user and the umask."""
        untrusted.make_empty(self.output, 0o777)
        self.clear()
        self.set_faults([])

    def clear(self) -> None:
        """Remove all events of earlier trials."""
        untrusted.write(self.events, b"", 0o666)

    def set_faults(self, faults: Sequence[Mapping[str, object]]) -> None:
        """Tell the probe which faults to inject, and no other. Raises `Failure` if the file cannot be written."""
        try:
            untrusted.write(self.faults, json.dumps(faults).encode(), 0o644)
        except OSError as error:
            raise Failure(f"cannot write this trial's faults: {error.strerror}") from error
