"""Where the command line prints: results to standard output, errors to standard error."""

import sys

from rich.console import Console
from rich.text import Text

out = Console(soft_wrap=not sys.stdout.isatty())
err = Console(stderr=True, highlight=False, soft_wrap=True)


def complain(word: str, message: str) -> None:
    """Print what went wrong; whatever stands in the message is printed as it is."""
    err.print(Text.assemble((word, "red"), f" {message}"))


def show_details() -> None:
    """Print what is only noted otherwise: every line of a build."""
    import logging

    from rich.logging import RichHandler

    noted = logging.getLogger("harness")
    noted.setLevel(logging.DEBUG)
    noted.addHandler(RichHandler(console=out, show_time=False, show_level=False, show_path=False))
