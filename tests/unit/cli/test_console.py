"""Quoted text in a terminal: square brackets stay brackets everywhere."""

import io
import os
import re
import subprocess
import sys

import pytest
from rich.console import Console
from rich.table import Table

from harness.cli import console
from harness.cli.preparation import said
from harness.errors import HarnessError

PATTERN = "pattern '^[a-z][a-z0-9_]*$' [/x] [bold]:smile:"


@pytest.mark.parametrize("which", [console.out, console.err])
def test_brackets_are_printed_as_they_are(which: Console) -> None:
    with which.capture() as captured:
        which.print(PATTERN)
        which.print(console.coloured("red", "red", PATTERN))
    assert captured.get().count(PATTERN) == 2


def test_brackets_in_a_table_are_printed_as_they_are() -> None:
    table = Table("words", show_edge=False)
    table.add_row(PATTERN)
    with console.out.capture() as captured:
        console.out.print(table, width=200)
    assert PATTERN in captured.get()


def test_brackets_next_to_a_spinner_are_printed_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Console(file=io.StringIO(), force_terminal=True, width=200, markup=False, emoji=False)
    monkeypatch.setattr("harness.cli.preparation.out", shown)
    with said() as say:
        say(PATTERN)
    assert isinstance(shown.file, io.StringIO)
    assert PATTERN in shown.file.getvalue()


PRINTED = """
from harness.cli.console import coloured, err, out
from rich.progress import track
for console in (out, err):
    console.print(coloured("red", "red"))
    assert not console.is_terminal and not console.is_interactive
    with console.status("waiting"):
        for _ in track(range(2), "working", console=console):
            pass
"""


@pytest.mark.parametrize(("forced", "word"), [({"FORCE_COLOR": "1"}, "\x1b[31mred\x1b[0m\n"), ({}, "red\n")])
def test_forced_colours_in_a_log_move_nothing(forced: dict[str, str], word: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    done = subprocess.run(
        [sys.executable, "-c", PRINTED], env={**environment, **forced}, capture_output=True, text=True, check=True
    )
    for printed in (done.stdout, done.stderr):
        assert printed.startswith(word)
        assert set(re.findall(r"\x1b\[[0-9;?]*([A-Za-z])", printed)) <= {"m"}, "colours are all that is escaped"
        assert "\r" not in printed


def test_brackets_in_an_error_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    from harness.cli.app import _worded

    assert _worded(HarnessError(PATTERN, remedy=f"sed {PATTERN}", log=f"log {PATTERN}")) == 2
    assert capsys.readouterr().err.count(PATTERN) == 3
