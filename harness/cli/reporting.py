"""Reports of a benchmark under way, each made in a process of its own: what one takes goes with it."""

import subprocess
import sys
from pathlib import Path

from harness.errors import HarnessError
from harness.measure.apart import call_apart


def table_apart(folder: Path) -> str:
    """Write a result's table alone; return what went wrong."""
    try:
        call_apart(_write_table, folder)
    except HarnessError as error:
        return str(error)
    return ""


def report_apart(folder: Path) -> str:
    """Write a result's whole report and print its summary; return what went wrong."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", "report", str(folder)],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return f"no report: {error}"
    return done.stderr.strip() if done.returncode else ""


def _write_table(folder: Path) -> None:
    # Imported here, in the process that does it.
    from harness.report.write import write_table

    write_table(folder)
