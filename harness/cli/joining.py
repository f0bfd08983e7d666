"""The command `join`: joins several results into one, so that laps of several days and machines add up."""

from pathlib import Path
from typing import Annotated

import typer

from harness.audit import require_valid
from harness.cli.names import AsJson
from harness.cli.open_result import read
from harness.cli.results import tell
from harness.errors import Misuse
from harness.labs.kinds import kind_of
from harness.labs.report_files import write_report
from harness.paths import shown
from harness.results.folders import new_folder
from harness.results.joinable import objection
from harness.results.joined import write_join


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
