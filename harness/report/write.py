"""Rebuilds every generated file of a benchmark from its records, plan and environment, if they pass the audit."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from harness.audit import Fault, audit
from harness.environment import read_environment
from harness.orchestrator import REPOSITORY, discover
from harness.records import read_records
from harness.report.age import badge, locks_of
from harness.report.markdown import TABLE, render, replace_section
from harness.report.settings import SETTINGS, render_settings

READMES = (REPOSITORY / "README.md", REPOSITORY / "results" / "README.md")
SECTION = "results"
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


def write_table(folder: Path, readmes: Sequence[Path] = ()) -> Path:
    """Write `table.md` and `settings.md` of a benchmark's folder, and the generated sections of `readmes`.

    Returns the table's path. Raises `NotSound` when the folder does not pass the audit, `RecordError` when it is no
    benchmark's.
    """
    environment = read_environment(folder)
    if faults := audit(folder):
        raise NotSound(folder, faults)
    records = read_records(folder)
    stale = badge(environment, time.time(), locks_of(discover()))
    (folder / TABLE).write_text(render(environment, records, stale))
    (folder / SETTINGS).write_text(render_settings(environment.systems))
    for readme in readmes:
        link = f"{os.path.relpath(folder, readme.parent)}/"
        replace_section(readme, SECTION, render(environment, records, stale, link))
    return folder / TABLE
