"""The commands about results. Each reads a result once and needs no Docker."""

from pathlib import Path
from typing import Annotated

import typer

from harness.audit import audit as objections
from harness.audit import quarantine, sound_part
from harness.cli.as_json import of_audit, of_result
from harness.cli.console import coloured, out, write_json
from harness.cli.names import AsJson, Folder
from harness.cli.next_command import sharper
from harness.cli.open_result import read
from harness.cli.summary import show
from harness.labs.report_files import stale_files, write_report
from harness.paths import shown
from harness.publish.publish import publish as write
from harness.publish.staleness import staleness
from harness.results.result import Result


def report(folder: Folder = None, as_json: AsJson = False) -> None:
    """Rebuild a result's tables, page, figures and data files from its records."""
    result = read(folder)
    tell(result, write_report(result), as_json=as_json)


def tell(result: Result, table: Path, *, as_json: bool) -> None:
    """Print what a result says whose files were just written, its `table` among them."""
    result = sound_part(result)
    if as_json:
        write_json(of_result(result))
        return
    if badge := staleness(result):
        out.print(badge.replace("*", ""), highlight=False)
    show(out, result)
    out.print(f"\nWrote {shown(table)} and the other files of this result.", highlight=False)
    if result.environment.ended_s:
        out.print(f"To view the result:  orchbench open {shown(result.folder)}", highlight=False)
        if command := sharper(result.environment):
            out.print(f"To measure more:     {command}", highlight=False)
    else:
        out.print("To resume:           orchbench bench --resume", highlight=False)


def audit(folder: Folder = None, as_json: AsJson = False) -> None:
    """Verify a result's format, hash chain, plan and timestamps, and that generated files match its records."""
    result = read(folder)
    faults = objections(result)
    # No files are generated from a changed result, so there is nothing to compare.
    changed = any(fault.spoils is None for fault in faults)
    departed = [] if changed else list(stale_files(quarantine(result, faults)))
    if as_json:
        write_json(of_audit(result, faults, departed))
        raise typer.Exit(1 if faults or departed else 0)
    for fault in faults:
        out.print(coloured("fault", "red", f"{fault.where}: {fault.what}"), highlight=False)
    for name in departed:
        words = f"{name} does not match the records. To rebuild it: orchbench report {shown(result.folder)}"
        out.print(coloured("fault", "red", words), highlight=False)
    if faults or departed:
        count = len(faults) + len(departed)
        out.print(f"{shown(result.folder)} fails the audit: {count} fault{'s' if count > 1 else ''}", highlight=False)
        raise typer.Exit(1)
    state = "" if result.environment.ended_s else ", unfinished"
    out.print(f"{shown(result.folder)} passes the audit: {len(result.records)} records{state}", highlight=False)


def publish(folder: Annotated[Path, typer.Argument(help="Folder of a benchmark.")]) -> None:
    """Update README.md, the conclusions, the crash matrix and the results index from one complete result."""
    result = read(folder)
    for path in write(result):
        out.print(f"Wrote {shown(path)}", highlight=False)
