"""What people add to cells of the crash matrix, because no record contains it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.labs.crash.cells import Cell

REMARKS = "remarks.toml"


@dataclass(frozen=True)
class Remark:
    """A few words about the cells of a system and profile in some scenarios."""

    system: str
    profile: str
    scenarios: Sequence[str]
    words: str

    def concerns(self, cell: Cell) -> bool:
        """Say if the remark is about this cell."""
        return (cell.system, cell.profile) == (self.system, self.profile) and cell.scenario in self.scenarios


def read_remarks(folder: Path) -> list[Remark]:
    """Return the remarks in a folder of results."""
    path = folder / REMARKS
    return [Remark(**each) for each in tomllib.loads(path.read_text())["remark"]] if path.is_file() else []
