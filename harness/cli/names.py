"""Names that a user chooses from on the command line."""

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


Isolated = Annotated[
    IsolationName,
    typer.Option(help="Hold stacks apart by containers or as processes; auto takes containers where they can be used."),
]

AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON instead; docs/machine-readable.md says what is in it.")
]
Waits = Annotated[
    bool, typer.Option("--wait", help="Wait while another orchbench is at work on this machine, instead of giving up.")
]
Folder = Annotated[Path | None, typer.Argument(help="A benchmark's folder; the newest if not given.")]
