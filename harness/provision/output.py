"""Output of programs: logs the lines of builds, and shortens output for records."""

import logging

_LOG = logging.getLogger(__name__)
END_BYTES = 64 << 10
"""How much of a log is read: many times the size of the usual last lines."""
_LINES = 30
_LONGEST = 1000


def note(whose: str, output: bytes | str) -> None:
    """Log the lines of a build's output with the name of the build."""
    words = output.decode(errors="replace") if isinstance(output, bytes) else output
    for line in words.splitlines():
        if line.strip():
            _LOG.debug("%s: %s", whose, line.rstrip())


def last_lines(content: bytes) -> str:
    """Return the last lines of an output, short enough for a record whatever they are."""
    lines = content[-END_BYTES:].decode(errors="replace").strip().splitlines()[-_LINES:]
    return "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]} … (cut)" for line in lines)
