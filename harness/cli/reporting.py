"""Reports of a benchmark under way, each made in a process of its own: what one takes goes with it."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.measure.apart import call_apart, ended_by
from harness.paths import shown

_LIMIT_S = 900


@dataclass(frozen=True)
class Interim:
    """What a table under way says of each system, by orchestrator and profile; `fault` is why there is none."""

    cells: Mapping[tuple[str, str], tuple[str, ...]]
    fault: str = ""


def table_apart(folder: Path) -> Interim:
    """Write only a result's table, and return the rows of its headline."""
    try:
        return Interim(call_apart(_write_table, folder))
    except Exception as error:
        # A table that cannot be made, for whatever reason, is none for stopping what is measured.
        return Interim({}, f"no table after this round: {error}; to make it: orchbench report {shown(folder)}")


def report_apart(folder: Path) -> str:
    """Write a result's whole report and print its summary; return what went wrong, which the process tells itself."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", "report", str(folder)], timeout=_LIMIT_S, check=False
        )
    except OSError as error:
        return f"the report could not be begun: {error}"
    except subprocess.TimeoutExpired:
        return f"the report was not made in {_LIMIT_S} s"
    if done.returncode < 0:
        return f"the process that made the report was {ended_by(-done.returncode)}"
    return f"making the report ended with exit code {done.returncode}" if done.returncode else ""


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
