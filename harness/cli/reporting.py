"""Reports of a benchmark under way, each made in a process of its own: what one takes goes with it."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Failure, HarnessError
from harness.measure.apart import call_apart
from harness.paths import shown


@dataclass(frozen=True)
class Interim:
    """What a table under way says of each system, by orchestrator and profile; `fault` is why there is none."""

    cells: Mapping[tuple[str, str], tuple[str, ...]]
    fault: str = ""


def table_apart(folder: Path) -> Interim:
    """Write only a result's table, and return the rows of its headline."""
    try:
        return Interim(call_apart(_write_table, folder))
    except HarnessError as error:
        return Interim({}, str(error))


def report_apart(folder: Path) -> bool:
    """Write a result's whole report and print its summary, or why there is none; return whether there is one.

    Raises `Failure` where the process that does it says nothing itself.
    """
    try:
        done = subprocess.run([sys.executable, "-m", "harness.cli", "report", str(folder)], check=False)
    except OSError as error:
        raise Failure(f"no report: {error}", remedy=f"orchbench report {shown(folder)}") from error
    if done.returncode < 0:
        killed = signal.Signals(-done.returncode).name
        raise Failure(f"no report: its process was ended by {killed}", remedy=f"orchbench report {shown(folder)}")
    return done.returncode == 0


def _write_table(folder: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    # Imported here, in the process that does it.
    from harness.cli.summary import row_of
    from harness.report.column import columns
    from harness.report.headline import headline
    from harness.report.write import write_table

    result = write_table(folder)
    if result.plan.crashes:
        return {}
    everyone = columns(result)
    return {(line.column.system.name, line.column.profile): row_of(line, everyone) for line in headline(everyone)}
