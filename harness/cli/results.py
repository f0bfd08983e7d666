"""The commands about results: each reads a result once, and needs no engine."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import coloured, out, write_json
from harness.cli.names import AsJson, Folder
from harness.cli.reading import read


def report(folder: Folder = None, as_json: AsJson = False) -> None:
    """Rebuild a result's tables, page, figures and files for programs from its records alone."""
    result = read(folder)
    from harness.audit import sound_part
    from harness.cli.next_command import sharper
    from harness.cli.summary import show
    from harness.paths import shown
    from harness.report.write import staleness, write_report

    table = write_report(result)
    result = sound_part(result)
    if as_json:
        from harness.cli.as_json import of_result

        write_json(of_result(result))
        return
    if badge := staleness(result):
        out.print(badge.replace("*", ""), highlight=False)
    show(out, result)
    out.print(f"\nwritten: {shown(table)} and what lies beside it", highlight=False)
    if result.environment.ended_s:
        out.print(f"next:    orchbench open {shown(result.folder)}", highlight=False)
        if command := sharper(result.environment):
            out.print(f"sharper: {command}", highlight=False)
    else:
        out.print("next:    orchbench bench --resume", highlight=False)


def open_(folder: Folder = None) -> None:
    """Open a result's page in a browser, and print its address."""
    from harness.report.markdown import PAGE
    from harness.report.write import write_report

    result = read(folder)
    page = (result.folder / PAGE).resolve()
    if not page.exists():
        write_report(result)
    out.print(page.as_uri(), highlight=False)
    typer.launch(page.as_uri())


def audit(folder: Folder = None, as_json: AsJson = False) -> None:
    """Check a result against its schema, its hashes, its plan and physics, and what was made of it against it."""
    result = read(folder)
    from harness.audit import audit as objections
    from harness.audit import quarantine
    from harness.paths import shown
    from harness.report.write import departures

    faults = objections(result)
    # Nothing is made of files that were changed, so there is nothing to hold against it.
    changed = any(fault.spoils is None for fault in faults)
    departed = [] if changed else list(departures(quarantine(result, faults)))
    if as_json:
        from harness.cli.as_json import of_audit

        write_json(of_audit(result, faults, departed))
        raise typer.Exit(1 if faults or departed else 0)
    for fault in faults:
        out.print(coloured("fault", "red", f"{fault.where}: {fault.what}"), highlight=False)
    for name in departed:
        words = f"{name}: it is not what these records give; try: orchbench report {shown(result.folder)}"
        out.print(coloured("fault", "red", words), highlight=False)
    if faults or departed:
        count = len(faults) + len(departed)
        out.print(f"{shown(result.folder)} does not pass: {count} faults", highlight=False)
        raise typer.Exit(1)
    state = "" if result.environment.ended_s else ", unfinished"
    out.print(f"{shown(result.folder)} passes: {len(result.records)} records{state}", highlight=False)


def publish(folder: Annotated[Path, typer.Argument(help="The benchmark's folder.")]) -> None:
    """Put a complete result's headline into README.md, and write what is concluded from it and the index of results."""
    result = read(folder)
    from harness.paths import shown
    from harness.report.publish import publish as write

    for path in write(result):
        out.print(f"written: {shown(path)}", highlight=False)
