"""The consoles of the command line: results go to standard output, errors to standard error.

Neither parses markup, because messages of tools and files contain square brackets. Use `coloured` for colours.
"""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Literal, TextIO, TypedDict

from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = dict[str, Any]


class _Terminal(TypedDict):
    force_terminal: bool
    color_system: Literal["auto", "standard"]


class _Output(Console):
    """Standard output. A command ends if its reader goes away, as with `| head`, unless it should continue."""

    goes_on_unread = False
    """Set by commands whose files or exit codes matter more than their output."""

    def on_broken_pipe(self) -> None:
        if not self.goes_on_unread:
            super().on_broken_pipe()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        err.print("note: standard output was closed, and the command continues without it")


class _Errors(Console):
    """Standard error. If it is closed, messages are dropped silently."""

    def print(self, *objects: Any, **options: Any) -> None:
        with suppress(OSError):
            super().print(*objects, **options)

    def on_broken_pipe(self) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _terminal(stream: TextIO | None) -> _Terminal:
    """Detect a terminal, which allows animation. FORCE_COLOR only enables colours elsewhere."""
    # A closed stream is `None`.
    there = stream is not None and stream.isatty()
    colours = there or not os.environ.get("FORCE_COLOR")
    return {"force_terminal": there, "color_system": "auto" if colours else "standard"}


_stdout = _terminal(sys.stdout)
out = _Output(soft_wrap=not _stdout["force_terminal"], highlight=False, markup=False, emoji=False, **_stdout)
err = _Errors(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False, **_terminal(sys.stderr))


def coloured(word: str, style: str, message: str = "") -> Text:
    """Return a styled word, followed by a plain message."""
    return Text.assemble((word, style), f" {message}" if message else "")


def line_width(console: Console) -> int:
    """Return the maximum width of a table: the terminal's, or the usual width of logs."""
    return console.width if console.is_terminal else 100


def ruled(names: Iterable[str], numbers: Iterable[str], *, title: str | None = None, wrap: bool = False) -> Table:
    """Return an empty table: names to the left, numbers to the right. Heads of numbers can `wrap`."""
    table = Table(title=title, title_justify="left", show_edge=False, header_style="bold")
    for name in names:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=not wrap)
    return table


def complain(word: str, message: str) -> None:
    """Print an error."""
    err.print(coloured(word, "red", message))


def write_json(content: object) -> None:
    """Print JSON as it is: no colour, no wrapping."""
    out.print(json.dumps(content, indent=2, ensure_ascii=False), soft_wrap=True)
