"""The folder that harness and pipeline share, as the harness sees it: what stands in it may be the stack's doing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import untrusted

EVENTS, FAULTS = "events.jsonl", "faults.json"
_FAULTS_MOST_BYTES = 64 << 10


@dataclass(frozen=True)
class Exchange:
    """The paths of what is shared, and what the harness puts there."""

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
        """The file that tells the probe which faults to inject."""
        return self.folder / FAULTS

    def odd_faults(self) -> dict[str, str]:
        """Say what has become of the file of faults, by its name; empty words where it is still one."""
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
        """Put everything into a folder that is there: the stack may write, whatever its user, and whatever the umask.

        Who gets into the folder at all is for the isolation to say.
        """
        untrusted.make_empty(self.output, 0o777)
        self.clear()
        self.set_faults([])

    def clear(self) -> None:
        """Forget all events: what was written before is of trials that are over."""
        untrusted.write(self.events, b"", 0o666)

    def set_faults(self, faults: Sequence[Mapping[str, object]]) -> None:
        """Tell the probe which faults to inject, and no other."""
        untrusted.write(self.faults, json.dumps(faults).encode(), 0o644)
