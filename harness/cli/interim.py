"""The table after each round, made in a separate process, so that its memory is released."""

from pathlib import Path

from harness.labs.kind import Interim
from harness.labs.kinds import kind_of
from harness.labs.report_files import write_table
from harness.measure.subprocesses import in_subprocess
from harness.paths import shown


def interim_table(folder: Path, width: int) -> tuple[Interim, str]:
    """Write only a result's table. Return its lines with at most `width` characters, and why there is none, if so."""
    try:
        return in_subprocess(_write_table, folder, width), ""
    except Exception as error:
        # A failed table must not stop the benchmark.
        words = f"no table after this round: {error}. To create it: orchbench report {shown(folder)}"
        return Interim("", {}), words


def _write_table(folder: Path, width: int) -> Interim:
    result = write_table(folder)
    return kind_of(result.plan).interim(result, width)
