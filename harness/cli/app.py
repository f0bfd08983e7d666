"""The app: which commands there are, and how an error that a user can cause is worded.

Exit codes: 0 done, 1 a benchmark of which a part failed, 2 misuse or something missing, 130 stopped by Ctrl-C.
"""

import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer

from harness.cli.bench import bench
from harness.cli.console import err
from harness.cli.machine import clean, doctor, list_, ui
from harness.cli.results import audit, compare, publish, report, resolution
from harness.errors import HarnessError

app = typer.Typer(
    name="orchbench",
    help="Measure workflow orchestrators with one reference pipeline.",
    epilog="Examples:  orchbench bench --preset quick   |   orchbench report results/2026-01-31-host   |   "
    "orchbench ui NAME",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.command(
    epilog="Examples:  orchbench bench   |   orchbench bench --preset quick --only NAME   |   orchbench bench --resume"
)(bench)
app.command(epilog="Example:  orchbench report results/2026-01-31-host")(report)
app.command(epilog="Example:  orchbench audit results/2026-01-31-host")(audit)
app.command(epilog="Example:  orchbench publish results/2026-01-31-host")(publish)
app.command(epilog="Example:  orchbench compare results/2026-01-31-host results/2026-03-31-host --tolerance 10")(
    compare
)
app.command(epilog="Example:  orchbench resolution results/2026-01-31-host --simulations 500")(resolution)
app.command("list", epilog="Examples:  orchbench list   |   orchbench list --settings NAME")(list_)
app.command(epilog="Example:  orchbench doctor")(doctor)
app.command(epilog="Examples:  orchbench ui NAME   |   orchbench ui NAME --profile tuned")(ui)
app.command(epilog="Example:  orchbench clean --images")(clean)


def main() -> None:
    """Run the command line; no error that a user can cause ends in a traceback."""
    signal.signal(signal.SIGTERM, _stop)
    # stamina tells a logger of each retry, and one without a handler prints it.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    # Stacks read what the harness writes, as another user.
    os.umask(0o022)
    try:
        # Out of standalone mode, a typer.Exit comes back as the value of the call.
        sys.exit(app(standalone_mode=False))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except HarnessError as error:
        word = "failed" if error.exit_code == 1 else "error"
        err.print(f"[red]{word}[/] {error}")
        if error.remedy:
            err.print(f"  try: {error.remedy}", markup=False)
        if error.log:
            err.print(error.log, markup=False)
        sys.exit(error.exit_code)
    except OSError as error:
        # A disk that is full, a folder that may not be written, an engine that went away.
        err.print(f"[red]failed[/] {error}")
        sys.exit(1)
    except typer.TyperException as error:
        err.print(f"[red]error[/] {error.format_message()}\nsee: orchbench --help")
        sys.exit(error.exit_code)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
