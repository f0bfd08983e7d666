"""Choices and common options of the command line."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer


def listed(values: Iterable[str] | None) -> list[str]:
    """Return each name of an option or argument once. It may be repeated or contain commas."""
    return list(dict.fromkeys(name for value in values or () for name in map(str.strip, value.split(",")) if name))


Isolated = Annotated[
    Literal["auto", "container", "process"],
    typer.Option(help="Run stacks in containers or as plain processes. auto uses containers if Docker is available."),
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead (see docs/data-formats.md).")]
Waits = Annotated[
    bool, typer.Option("--wait", help="Wait while another orchbench is running on this machine, instead of failing.")
]
Folder = Annotated[Path | None, typer.Argument(help="Folder of a benchmark. Default: the most recent.")]
