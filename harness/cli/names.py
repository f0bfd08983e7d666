"""Names that a user chooses from on the command line."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class IsolationName(StrEnum):
    """How stacks are held apart, by name."""

    AUTO = "auto"
    CONTAINER = "container"
    PROCESS = "process"


class PresetName(StrEnum):
    """The presets by name."""

    QUICK = "quick"
    STANDARD = "standard"
    CRASH = "crash"


def listed(values: Iterable[str] | None) -> list[str]:
    """Return each name once that an option or argument gives, which may be repeated or hold commas."""
    return list(dict.fromkeys(name for value in values or () for name in map(str.strip, value.split(",")) if name))


Isolated = Annotated[
    IsolationName,
    typer.Option(help="Hold stacks apart by containers or as processes; auto takes containers where they can be used."),
]

AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON instead; docs/data-formats.md says what is in it.")
]
Waits = Annotated[
    bool, typer.Option("--wait", help="Wait while another orchbench is at work on this machine, instead of giving up.")
]
Folder = Annotated[Path | None, typer.Argument(help="A benchmark's folder; the newest if not given.")]
