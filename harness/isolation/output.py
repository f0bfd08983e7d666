"""What programs print: the lines of a build noted for who asks to see them, and the last ones for a record."""

import logging

_LOG = logging.getLogger(__name__)
END_BYTES = 64 << 10
"""How much of a log is looked at: the last lines of an ordinary one, many times over."""
_LINES = 30
_LONGEST = 1000


def note(whose: str, output: bytes | str) -> None:
    """Note the lines of a build's output under the name of what is built."""
    words = output.decode(errors="replace") if isinstance(output, bytes) else output
    for line in words.splitlines():
        if line.strip():
            _LOG.debug("%s: %s", whose, line.rstrip())


def last_lines(content: bytes) -> str:
    """Return the last lines of an output, short enough for a record whatever they are."""
    lines = content[-END_BYTES:].decode(errors="replace").strip().splitlines()[-_LINES:]
    return "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]} … (cut)" for line in lines)
