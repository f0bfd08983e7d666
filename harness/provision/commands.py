"""Runs commands to their end, each with a time limit. Logs the output of builds, and shortens output for records."""

import logging
import subprocess
from collections.abc import Sequence
from typing import Any

from harness.errors import Failure, HarnessError

_LOG = logging.getLogger(__name__)
END_BYTES = 64 << 10
"""How much of a log is read: many times the size of the usual last lines."""
_LINES = 30
_LONGEST = 1000


class CommandError(Failure):
    """A command could not start, or did not end in time."""


def run_command(
    command: Sequence[str], limit_s: float, kind: type[HarnessError] = CommandError, **options: Any
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, like `subprocess.run`. Raises an error of a kind if it cannot, or not in time."""
    try:
        return subprocess.run(
            command, timeout=limit_s, capture_output=True, text=True, errors="replace", check=False, **options
        )
    except subprocess.TimeoutExpired as error:
        raise kind(f"`{command[0]}` did not end in {limit_s:g} s") from error
    except OSError as error:
        raise kind(f"cannot run `{command[0]}`: {error}") from error


def note(whose: str, output: str) -> None:
    """Log the lines of a build's output with the name of the build."""
    for line in output.splitlines():
        if line.strip():
            _LOG.debug("%s: %s", whose, line.rstrip())


def last_lines(content: bytes | str) -> str:
    """Return the last lines of an output, short enough for a record whatever they are."""
    end = content[-END_BYTES:]
    lines = (end if isinstance(end, str) else end.decode(errors="replace")).strip().splitlines()[-_LINES:]
    return "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]} … (cut)" for line in lines)
