"""In which line of a TOML file a field stands, for error messages: tomllib keeps no places."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[{1,2}([^\]]+)\]{1,2}")
_KEY = re.compile(r"\s*([\w\"'.-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=")


def line_of(text: str, field: Sequence[str | int]) -> int | None:
    """Return the line of a field, or of the nearest table around it; `None` where none of it stands there."""
    wanted = [str(part) for part in field]
    table: list[str] = []
    best, line = 0, None
    for number, content in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(content):
            place = table = _parts(header[1])
        elif key := _KEY.match(content):
            place = [*table, *_parts(key[1])]
        else:
            continue
        if len(place) > best and place == wanted[: len(place)]:
            best, line = len(place), number
    return line


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
