"""Rebuilds every generated file of a benchmark from its records and its environment."""

from pathlib import Path

from harness.environment import read_environment
from harness.orchestrator import REPOSITORY
from harness.records import read_records
from harness.report.markdown import TABLE, render, replace_section

READMES = (REPOSITORY / "README.md", REPOSITORY / "results" / "README.md")
SECTION = "results"


def write_table(folder: Path) -> Path:
    """Write `table.md` of a benchmark's folder and return its path.

    Raises `RecordError` when records or environment cannot be read.
    """
    table = folder / TABLE
    table.write_text(render(read_environment(folder), read_records(folder)))
    return table


def publish(folder: Path) -> None:
    """Put a benchmark's table into the generated sections of the READMEs."""
    content = (folder / TABLE).read_text()
    for readme in READMES:
        replace_section(readme, SECTION, content)
