"""Where the command line prints: results to standard output, errors to standard error."""

import sys

from rich.console import Console

out = Console(soft_wrap=not sys.stdout.isatty())
err = Console(stderr=True, highlight=False, soft_wrap=True)
