"""The commands about results. Each reads a result once and needs no Docker."""

import gc
import shlex
from pathlib import Path
from typing import Annotated

import typer

from harness.audit import audit as objections
from harness.audit import quarantine, require_valid, sound_part
from harness.cli.as_json import of_result
from harness.cli.console import coloured, out, write_json
from harness.cli.names import AsJson, Folder
from harness.cli.summary import show
from harness.errors import Misuse
from harness.labs.kinds import kind_of
from harness.labs.latency.plan import PRESETS, STANDARD
from harness.labs.report_files import stale_files, write_report
from harness.paths import shown
from harness.publish.publish import publish as write
from harness.publish.staleness import staleness
from harness.results.environment import Environment
from harness.results.folders import new_folder, newest
from harness.results.joinable import objection
from harness.results.joined import read_folder, write_join
from harness.results.result import Result


def read(folder: Path | None) -> Result:
    """Read the result in a folder, by default the newest of this checkout.

    This disables the cycle collector. A result's values are in no cycle, and scanning them repeatedly takes most of the
    time for a hundred thousand records.
    """
    gc.disable()
    if folder is None:
        result = newest(lambda _: True, "there is no benchmark yet", "orchbench bench")
    else:
        result = read_folder(folder)
    gc.freeze()
    return result


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
        out.print(badge.replace("*", ""))
    show(out, result)
    out.print(f"\nWrote {shown(table)} and the other files of this result.")
    if result.environment.ended_s:
        out.print(f"To view the result:  orchbench open {shown(result.folder)}")
        if command := sharper(result.environment):
            out.print(f"To measure more:     {command}")
    else:
        out.print("To resume:           orchbench bench --resume")


def sharper(environment: Environment) -> str:
    """Return the command for narrower intervals with the same systems. Empty for full results and for crash results."""
    sharp = environment.preset == STANDARD.name and environment.laps >= STANDARD.laps
    if sharp or environment.preset not in PRESETS:
        return ""
    words = ["--preset", STANDARD.name]
    if choice := environment.choice:
        words += ["--all"] if choice.everyone else []
        words += [word for name in choice.only for word in ("--only", name)]
        words += [word for name in choice.profiles for word in ("--profile", name)]
    return f'make bench ARGS="{shlex.join(words)}"'


def audit(folder: Folder = None, as_json: AsJson = False) -> None:
    """Verify a result's format, hash chain, plan and timestamps, and that generated files match its records."""
    result = read(folder)
    faults = objections(result)
    # No files are generated from a changed result, so there is nothing to compare.
    changed = any(fault.spoils is None for fault in faults)
    departed = [] if changed else list(stale_files(quarantine(result, faults)))
    count, name = len(faults) + len(departed), shown(result.folder)
    if as_json:
        write_json(
            {
                "folder": str(result.folder),
                "passes": not count,
                "records": len(result.records),
                "finished": result.environment.ended_s is not None,
                "faults": [{"where": fault.where, "what": fault.what} for fault in faults],
                "departures": departed,
            }
        )
        raise typer.Exit(1 if count else 0)
    for fault in faults:
        out.print(coloured("fault", "red", f"{fault.where}: {fault.what}"))
    for file in departed:
        words = f"{file} does not match the records. To rebuild it: orchbench report {name}"
        out.print(coloured("fault", "red", words))
    if count:
        out.print(f"{name} fails the audit: {count} fault{'s' if count > 1 else ''}")
        raise typer.Exit(1)
    state = "" if result.environment.ended_s else ", unfinished"
    out.print(f"{name} passes the audit: {len(result.records)} records{state}")


def publish(folder: Annotated[Path, typer.Argument(help="Folder of a benchmark.")]) -> None:
    """Update README.md, the conclusions, the crash matrix and the results index from one complete result."""
    result = read(folder)
    for path in write(result):
        out.print(f"Wrote {shown(path)}")


def join(
    folders: Annotated[
        list[Path],
        typer.Argument(help="At least two result folders. Figures with a unit come from the first one's machine."),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder for the joined result. By default, it is a new folder in results/.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Join results that were measured in the same way into one result with all their laps."""
    if output and output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise Misuse(f"{shown(output)} exists and is not empty")
    # A joined result is replaced by its parts.
    named = [read(folder) for folder in folders]
    results = [each for one in named for each in ([part.result for part in one.parts] or [one])]
    if len(results) < 2:
        raise Misuse("name at least two result folders")
    for each in results:
        if reason := kind_of(each.plan).why_not_joined:
            raise Misuse(f"{shown(each.folder)} cannot be joined: {reason}")
    if reason := objection(results):
        raise Misuse(reason)
    for each in results:
        require_valid(each)
    joined = write_join(output or new_folder("-joined"), results)
    tell(joined, write_report(joined), as_json=as_json)
