"""The audit's faults of a folder, for tests."""

import shutil
from pathlib import Path

from harness.audit import Objection
from harness.audit import audit as objections
from harness.results.environment import ENVIRONMENT
from harness.results.records import RECORDS
from harness.results.result import PLAN, ResultError, read_result

FILES = (ENVIRONMENT, PLAN, RECORDS)


def copy(source: Path, to: Path) -> Path:
    for name in FILES:
        shutil.copy(source / name, to / name)
    return to


def audit(folder: Path) -> list[Objection]:
    """Return the faults of a folder. A file that cannot even be read is one fault."""
    try:
        return objections(read_result(folder))
    except ResultError as error:
        return [Objection("a file", str(error))]


def text(faults: list[Objection]) -> str:
    return "\n".join(f"{fault.where}: {fault.what}" for fault in faults)
