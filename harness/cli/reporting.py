"""Reports during a benchmark, each made in a separate process, so that its memory is released."""

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
    """The interim row of each system, by orchestrator and profile. `fault` says why there is none."""

    cells: Mapping[tuple[str, str], list[str]]
    fault: str = ""


def table_apart(folder: Path) -> Interim:
    """Write only a result's table and return the rows of its headline."""
    try:
        return Interim(call_apart(_write_table, folder))
    except Exception as error:
        # A failed table must not stop the benchmark.
        return Interim({}, f"no table after this round: {error}. To create it: orchbench report {shown(folder)}")


def report_apart(folder: Path) -> str:
    """Write a result's whole report and print its summary. Return the failure, which the process also prints."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli", "report", str(folder)], timeout=_LIMIT_S, check=False
        )
    except OSError as error:
        return f"the report could not be started: {error}"
    except subprocess.TimeoutExpired:
        return f"the report was not finished within {_LIMIT_S} s"
    if done.returncode < 0:
        return f"the report process was {ended_by(-done.returncode)}"
    return f"the report failed with exit code {done.returncode}" if done.returncode else ""


def _write_table(folder: Path) -> dict[tuple[str, str], list[str]]:
    # Imported here, only in the separate process.
    from harness.cli.summary import cells_of
    from harness.report.lineup import lineup_of
    from harness.report.write import write_table

    result = write_table(folder)
    if result.plan.crashes:
        return {}
    return {(row.system.name, row.profile): cells_of(row.name, [row]) for row in lineup_of(result).rows}
