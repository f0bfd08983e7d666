"""Where the command line prints: results to standard output, errors to standard error.

Neither takes what stands in a message for markup: words of tools, files and errors hold square brackets. A colour comes
by `coloured`, never by brackets in a string.
"""

import json
import os
import sys
from contextlib import suppress
from typing import Any, Literal, TextIO, TypedDict

from rich.console import Console
from rich.text import Text

Json = dict[str, Any]


class _Terminal(TypedDict):
    force_terminal: bool
    color_system: Literal["auto", "standard"]


class _Output(Console):
    """Standard output. A command ends when its reader goes away, as `| head` does, unless it is to go on."""

    goes_on_unread = False
    """Set by commands whose files or whose exit code are worth more than what they print."""

    def on_broken_pipe(self) -> None:
        if not self.goes_on_unread:
            super().on_broken_pipe()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        err.print("note: nobody reads standard output any more; the command goes on without it")


class _Errors(Console):
    """Standard error. Where it is gone there is nobody to tell, which is no error of its own."""

    def print(self, *objects: Any, **options: Any) -> None:
        with suppress(OSError):
            super().print(*objects, **options)

    def on_broken_pipe(self) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _terminal(stream: TextIO) -> _Terminal:
    """Tell whether a stream is a terminal, where things may move; FORCE_COLOR asks for colours alone elsewhere."""
    there = stream.isatty()
    colours = there or not os.environ.get("FORCE_COLOR")
    return {"force_terminal": there, "color_system": "auto" if colours else "standard"}


out = _Output(soft_wrap=not sys.stdout.isatty(), markup=False, emoji=False, **_terminal(sys.stdout))
err = _Errors(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False, **_terminal(sys.stderr))


def coloured(word: str, style: str, message: str = "") -> Text:
    """Return a word in a style, and a message behind it as it is."""
    return Text.assemble((word, style), f" {message}" if message else "")


def line_width(console: Console) -> int:
    """Return how wide a table may be: a terminal's width, and where none is, that of most logs."""
    return console.width if console.is_terminal else 100


def complain(word: str, message: str) -> None:
    """Print what went wrong."""
    err.print(coloured(word, "red", message))


def write_json(content: object) -> None:
    """Print JSON as it is: no colour, no wrapping."""
    out.print(json.dumps(content, indent=2, ensure_ascii=False), highlight=False, soft_wrap=True)
