"""A benchmark as every report reads it: only if it passes the audit."""

from collections.abc import Sequence
from pathlib import Path

from harness.audit import Fault, audit
from harness.environment import Environment, read_environment
from harness.records import Record, read_records

_SHOWN = 10


class NotSound(Exception):
    """A benchmark's files do not pass the audit; the message names each fault."""

    def __init__(self, folder: Path, faults: Sequence[Fault]) -> None:
        named = "\n".join(f"  {fault.where}: {fault.what}" for fault in faults[:_SHOWN])
        more = f"\n  and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        super().__init__(
            f"{folder} does not pass the audit, so no table is made of it:\n{named}{more}\n"
            f"see all with: orchbench audit {folder}"
        )


def read_sound(folder: Path) -> tuple[Environment, list[Record]]:
    """Return the environment and the records of a benchmark's folder.

    Raises `RecordError` when it is no benchmark's and `NotSound` when it does not pass the audit.
    """
    environment = read_environment(folder)
    if faults := audit(folder):
        raise NotSound(folder, faults)
    return environment, read_records(folder)
