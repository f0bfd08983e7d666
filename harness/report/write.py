"""Writes the generated files of a result into its folder, and later compares them with the records."""

from collections.abc import Iterator
from pathlib import Path

from harness.audit import sound_part
from harness.report.column import columns
from harness.report.crash_matrix import first_file, render_crashes
from harness.report.machine_readable import BADGE, SUMMARY, TRIALS, badge_json, summary_csv, trials_parquet
from harness.report.markdown import PAGE, render_tables
from harness.report.overhead_figure import overhead_svg
from harness.report.page.crash import render_crash_page
from harness.report.page.render import render_page
from harness.report.same_rows import same_rows
from harness.report.settings import SETTINGS, render_settings
from harness.results.result import Result, read_result


def write_report(result: Result) -> Path:
    """Write the generated files for the sound part of a result and return the table's path.

    Raises `AuditFailed` if no part is sound because its files were changed.
    """
    for name, content in generated(sound_part(result)):
        (result.folder / name).write_bytes(content)
    return result.folder / first_file(result.plan)


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
    if result.plan.crashes:
        yield first_file(result.plan), render_crashes([result]).encode()
        yield SETTINGS, render_settings(result.environment).encode()
        yield PAGE, render_crash_page(result).encode()
        return
    everyone = columns(result)
    yield first_file(result.plan), render_tables(result).encode()
    yield SETTINGS, render_settings(result.environment).encode()
    for name, svg in overhead_svg(everyone).items():
        yield name, svg.encode()
    yield PAGE, render_page(result).encode()
    yield SUMMARY, summary_csv(everyone).encode()
    yield TRIALS, trials_parquet(everyone)
    yield BADGE, badge_json(everyone).encode()


def stale_files(result: Result) -> Iterator[str]:
    """Yield each generated file that differs from what this orchbench makes of the records. Missing files are fine."""
    for name, content in generated(result):
        path = result.folder / name
        if path.exists() and not _same(name, path, content):
            yield name


def _same(name: str, path: Path, made: bytes) -> bool:
    return path.read_bytes() == made or (name == TRIALS and same_rows(path, made))
