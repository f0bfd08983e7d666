"""What the tools that build print: noted line by line, for who asks to see it."""

import logging

_LOG = logging.getLogger(__name__)


def note(whose: str, output: bytes | str) -> None:
    """Note the lines of a build's output under the name of what is built."""
    words = output.decode(errors="replace") if isinstance(output, bytes) else output
    for line in words.splitlines():
        if line.strip():
            _LOG.debug("%s: %s", whose, line.rstrip())
