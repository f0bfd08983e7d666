"""Runs the command line: from arguments to exit code, including Ctrl-C and errors.

Exit codes: 0 success, 1 failure of something that ran, 2 misuse or something missing, 130 interrupted by Ctrl-C or
another signal.
"""

import logging
import os
import select
import signal
import sys
import tempfile
import traceback
from contextlib import suppress
from threading import Event
from types import FrameType
from typing import NoReturn

import typer

from harness.cli.commands import app
from harness.cli.console import complain, err
from harness.cli.process_setup import demand_own_environment, normalize
from harness.errors import HarnessError
from harness.signals import ENDING, handle

_LONGEST_REASON = 300
_stopped = Event()


def main() -> None:
    """Run the command line. No error ends in a traceback."""
    try:
        code = _run()
    except BaseException as error:
        code = 1
        # A library's panic or `sys.exit(0)` must not end this silently. The terminal may be gone.
        # rich raises SystemExit if the reader of a pipe is gone.
        if not (isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError)):
            with suppress(OSError):
                code = _interrupted(error) if _stopped.is_set() else _unforeseen(error)
    handle(signal.SIG_DFL)
    sys.exit(code)


def _run() -> int:
    normalize()
    # stamina logs each retry, and a logger without a handler prints it.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    handle(_stop)
    try:
        demand_own_environment()
        # Without standalone mode, a typer.Exit is returned as the value of the call.
        code = app(sys.argv[1:] or ["--help"], prog_name="orchbench", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        # Otherwise the interpreter would try to write the rest of the buffer when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except HarnessError as error:
        return _worded(error)
    except typer.TyperException as error:
        complain("error", f"{error.format_message()}\n  see: orchbench --help")
        return error.exit_code
    return int(code or 0)


def _worded(error: HarnessError) -> int:
    complain("failed" if error.exit_code == 1 else "error", str(error))
    if error.remedy:
        err.print(f"  try: {error.remedy}")
    if error.log:
        err.print(error.log)
    return error.exit_code


def _unforeseen(error: BaseException) -> int:
    """Describe an unexpected error in one sentence and save its traceback."""
    # A system error describes itself, such as a full disk or a read-only folder.
    reason = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    complain("failed", " ".join(reason.split())[:_LONGEST_REASON])
    if file := _kept(error):
        err.print(f"  traceback: {file}")
    return 1


def _interrupted(error: BaseException) -> int:
    """Report an interruption by Ctrl-C, which a library may have turned into another error."""
    file = _kept(error)
    err.print(f"Interrupted. Traceback: {file}" if file else "Interrupted.")
    return 130


def _kept(error: BaseException) -> str:
    """Write a traceback to a temporary file and return its name, or an empty string if that fails."""
    try:
        with tempfile.NamedTemporaryFile("w", prefix="orchbench-", suffix=".txt", delete=False) as file:
            file.writelines(traceback.format_exception(error))
    except OSError:
        return ""
    return file.name


def _nobody_reads() -> bool:
    """Whether the reader of standard output is gone, as with `| head -1`."""
    watch = select.poll()
    watch.register(sys.stdout.fileno(), 0)
    return any(events & select.POLLERR for _, events in watch.poll(0))


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    _stopped.set()
    # A closing terminal sends several signals, but only a second Ctrl-C may interrupt a stack's shutdown.
    handle(signal.SIG_IGN, [number for number in ENDING if number != signal.SIGINT])
    raise KeyboardInterrupt
