"""Writes the generated files of a result into its folder, and later compares them with the records."""

from collections.abc import Iterator
from pathlib import Path

from harness.audit import sound_part
from harness.labs.kind import Interim
from harness.labs.kinds import kind_of
from harness.measure.subprocesses import in_subprocess
from harness.paths import shown
from harness.report.machine_readable import TRIALS
from harness.report.same_rows import same_rows
from harness.results.result import Result, read_result


def write_report(result: Result) -> Path:
    """Write the generated files for the sound part of a result and return the table's path.

    Raises `AuditFailed` if no part is sound because its files were changed.
    """
    for name, content in generated(sound_part(result)):
        (result.folder / name).write_bytes(content)
    return result.folder / kind_of(result.plan).first_file


def write_table(folder: Path) -> Result:
    """Write only the table during a benchmark and return the sound part of the result.

    Raises `AuditFailed` and `ResultError`.
    """
    result = sound_part(read_result(folder))
    name, content = next(generated(result))
    (folder / name).write_bytes(content)
    return result


def generated(result: Result) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every generated file, the table first. This is a pure function of the result."""
    return kind_of(result.plan).files(result)


def stale_files(result: Result) -> Iterator[str]:
    """Yield each generated file that differs from what this orchbench makes of the records. Missing files are fine."""
    for name, content in generated(result):
        path = result.folder / name
        if path.exists() and not _same(name, path, content):
            yield name


def _same(name: str, path: Path, made: bytes) -> bool:
    return path.read_bytes() == made or (name == TRIALS and same_rows(path, made))


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
