"""Lines chained by hash: each carries the SHA-256 of itself and of the line before it.

A change to any byte of a line breaks that line's own link. A line that is added, removed or moved breaks the next link.
This finds accidents and careless edits, but no forgers: they can rewrite every line and its link.
"""

import hashlib
import re
from collections.abc import Iterable

_END = re.compile(rb'([0-9a-f]{64})"\}')


class ChainError(Exception):
    """A line has no link."""


def link(previous: str, body: bytes) -> str:
    """Return the link of a JSON object that follows the line whose link is `previous`."""
    return hashlib.sha256(previous.encode() + b"\n" + body).hexdigest()


def chained(previous: str, body: bytes) -> bytes:
    """Return the JSON object `body` as a line with its link as the last field, without a newline."""
    return body[:-1] + b',"chain":"' + link(previous, body).encode() + b'"}'


def split(line: bytes) -> tuple[bytes, str]:
    """Return the JSON object and the link of a line. Raises `ChainError` if the line has no link."""
    body, _, end = line.rpartition(b',"chain":"')
    found = _END.fullmatch(end)
    if found is None or not body.startswith(b"{"):
        raise ChainError("it has no link to the record before it")
    return body + b"}", found[1].decode()


def broken(first: str, lines: Iterable[bytes]) -> list[int]:
    """Return the indices of lines that do not continue the chain, which starts with `first`.

    After a broken line, the chain continues from that line's own link.
    """
    faults = []
    previous = first
    for index, line in enumerate(lines):
        try:
            body, stated = split(line)
        except ChainError:
            faults.append(index)
            continue
        if stated != link(previous, body):
            faults.append(index)
        previous = stated
    return faults
