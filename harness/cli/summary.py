"""Prints a result in a terminal."""

from rich.console import Console

from harness.cli.console import line_width
from harness.labs.kinds import kind_of
from harness.results.result import Result


def show(console: Console, result: Result) -> None:
    """Print the rows of a result, then its conclusions."""
    summary = kind_of(result.plan).summary(result, line_width(console))
    for row in summary.rows:
        console.print(row, highlight=False, no_wrap=True, overflow="ignore", crop=False)
    for sentence in summary.sentences:
        console.print(sentence, highlight=False)
