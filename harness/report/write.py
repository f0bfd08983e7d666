"""Rebuilds every generated file of a benchmark from its records, plan and environment, if they pass the audit."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from harness.orchestrator import REPOSITORY, discover
from harness.report.age import badge, locks_of
from harness.report.markdown import TABLE, render, replace_section
from harness.report.settings import SETTINGS, render_settings
from harness.report.sound import read_sound

READMES = (REPOSITORY / "README.md", REPOSITORY / "results" / "README.md")
SECTION = "results"


def write_table(folder: Path, readmes: Sequence[Path] = ()) -> Path:
    """Write `table.md` and `settings.md` of a benchmark's folder, and the generated sections of `readmes`.

    Returns the table's path. Raises `NotSound` when the folder does not pass the audit, `RecordError` when it is no
    benchmark's.
    """
    environment, records = read_sound(folder)
    stale = badge(environment, time.time(), locks_of(discover()))
    (folder / TABLE).write_text(render(environment, records, stale))
    (folder / SETTINGS).write_text(render_settings(environment.systems))
    for readme in readmes:
        link = f"{os.path.relpath(folder, readme.parent)}/"
        replace_section(readme, SECTION, render(environment, records, stale, link))
    return folder / TABLE
