"""A lock of requirements: what it pins, in which line, and with which hashes."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_COMMENT = re.compile(r"(^|\s)#.*")
_FILES = ("-r", "--requirement", "-c", "--constraint")
_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True)
class Line:
    """Some words of a lock, and the line in which they stand, counted from 1."""

    number: int
    words: str


@dataclass(frozen=True)
class Pin:
    """One pinned package, the line in which it stands, and its hashes with theirs."""

    name: NormalizedName
    version: str
    line: int
    hashes: tuple[Line, ...]


@dataclass(frozen=True)
class Lock:
    """What a lock pins, and its lines that are neither a pin nor a hash of one."""

    pins: tuple[Pin, ...]
    strange: tuple[Line, ...]

    def pin(self, name: str) -> Pin | None:
        """Return the pin of a package, however its name is written; `None` where there is none."""
        return next((pin for pin in self.pins if pin.name == canonicalize_name(name)), None)


def read_lock(path: Path) -> Lock:
    """Read a lock as uv and pip-compile write it. Raises `OSError`."""
    return parse_lock(path.read_text(errors="replace"))


def options_in(requirements: str) -> list[Line]:
    """Return the lines of a `requirements.in` that are options, other than those that name another file.

    What they ask of one installer (another index, a build from source), no other one knows of.
    """
    lines = [Line(number, words.strip()) for number, words in enumerate(requirements.splitlines(), start=1)]
    return [line for line in lines if line.words.startswith("-") and not line.words.startswith(_FILES)]


def parse_lock(text: str) -> Lock:
    """Return what the text of a lock pins."""
    pinned: list[tuple[NormalizedName, str, int, list[Line]]] = []
    strange: list[Line] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = _COMMENT.sub("", line).strip()
        if found := _PIN.match(words):
            pinned.append((canonicalize_name(found[1]), found[2], number, []))
        elif words and not words.startswith("--hash="):
            strange.append(Line(number, words))
        if pinned:
            pinned[-1][-1].extend(Line(number, each) for each in _HASH.findall(words))
    pins = tuple(Pin(name, version, number, tuple(hashes)) for name, version, number, hashes in pinned)
    return Lock(pins, tuple(strange))
