"""From the arguments to the exit code: what Ctrl-C does to a command, and how whatever goes wrong is worded.

Exit codes: 0 done, 1 something that ran has failed, 2 misuse or something missing, 130 stopped by Ctrl-C or another
signal that asks for the end.
"""

import os
import signal
import sys
from contextlib import suppress
from threading import Event
from types import FrameType
from typing import NoReturn

from harness.errors import HarnessError
from harness.signals import ENDING, handle

_LONGEST_REASON = 300
_stopped = Event()


def main() -> None:
    """Run the command line; nothing that a user meets ends in a traceback."""
    try:
        code = _run()
    except BaseException as error:
        code = 1
        # Neither a library's panic nor somebody's `sys.exit(0)` ends this without a word; a terminal may be gone.
        # Where nobody reads any more, rich leaves by SystemExit.
        if not (isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError)):
            with suppress(OSError):
                code = _interrupted(error) if _stopped.is_set() else _unforeseen(error)
    handle(signal.SIG_DFL)
    sys.exit(code)


def _run() -> int:
    from harness.cli.surroundings import demand_own_environment, settle

    settle()

    import logging

    import typer

    from harness.cli.commands import app

    # stamina tells a logger of each retry, and one without a handler prints it.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    handle(_stop)
    try:
        demand_own_environment()
        # Out of standalone mode, a typer.Exit comes back as the value of the call.
        code = app(sys.argv[1:] or ["--help"], prog_name="orchbench", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        return _without_output()
    except HarnessError as error:
        return _worded(error)
    except typer.TyperException as error:
        return _misused(error.format_message(), error.exit_code)
    return int(code or 0)


def _worded(error: HarnessError) -> int:
    from harness.cli.console import complain, err

    complain("failed" if error.exit_code == 1 else "error", str(error))
    if error.remedy:
        err.print(f"  try: {error.remedy}")
    if error.log:
        err.print(error.log)
    return error.exit_code


def _misused(message: str, code: int) -> int:
    from harness.cli.console import complain

    complain("error", f"{message}\nsee: orchbench --help")
    return code


def _unforeseen(error: BaseException) -> int:
    """Say in one sentence what nobody foresaw, and keep the traceback for whoever fixes it."""
    from harness.cli.console import complain, err

    # An error of the system has words of its own: a disk that is full, a folder that may not be written.
    reason = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    complain("failed", " ".join(reason.split())[:_LONGEST_REASON])
    if file := _kept(error):
        err.print(f"  the traceback is in {file}")
    return 1


def _interrupted(error: BaseException) -> int:
    """Say that Ctrl-C was heard: a library that it interrupts may make an error of its own of it."""
    from harness.cli.console import err

    err.print(f"stopped; what was interrupted is in {_kept(error) or 'no file'}")
    return 130


def _kept(error: BaseException) -> str:
    """Write a traceback to a file of the system's temporary folder and return its name; empty where that fails too."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile("w", prefix="orchbench-", suffix=".txt", delete=False) as file:
            file.writelines(traceback.format_exception(error))
    except OSError:
        return ""
    return file.name


def _nobody_reads() -> bool:
    """Whether the pipe that standard output goes to has lost its reader, as with `| head -1`."""
    import select

    watch = select.poll()
    watch.register(sys.stdout.fileno(), 0)
    return any(events & select.POLLERR for _, events in watch.poll(0))


def _without_output() -> int:
    # What is left in the buffer would be written once more when the interpreter ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    _stopped.set()
    # A terminal that goes away says so more than once, and nothing must interrupt a stack's end but a second Ctrl-C.
    handle(signal.SIG_IGN, [number for number in ENDING if number != signal.SIGINT])
    raise KeyboardInterrupt
