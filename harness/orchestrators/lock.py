"""A lock of requirements: what it pins, in which line, and with which hashes."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
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
    pins: list[Pin] = []
    strange: list[Line] = []
    hashes: list[Line] = []
    for number, line in reversed([*enumerate(path.read_text(errors="replace").splitlines(), start=1)]):
        # A package's hashes follow its pin: from the end, they are known when it comes.
        words = re.sub(r"(^|\s)#.*", "", line).strip()
        hashes[:0] = [Line(number, each) for each in _HASH.findall(words)]
        if pinned := _PIN.match(words):
            pins.insert(0, Pin(canonicalize_name(pinned[1]), pinned[2], number, tuple(hashes)))
            hashes.clear()
        elif words and not words.startswith("--hash="):
            strange.insert(0, Line(number, words))
    return Lock(tuple(pins), tuple(strange))
