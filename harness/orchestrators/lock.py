"""Reads a lock file: its pins, their lines and their hashes."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_COMMENT = re.compile(r"(^|\s)#.*")
_FILES = ("-r", "--requirement", "-c", "--constraint")
_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True)
class LockLine:
    """Some words of a lock file, with their line number, starting at 1."""

    number: int
    words: str


@dataclass(frozen=True)
class Pin:
    """One pinned package, its line, its hashes with their lines, and its full text."""

    name: NormalizedName
    version: str
    line: int
    hashes: tuple[LockLine, ...]
    text: str

    @property
    def required_by(self) -> list[str]:
        """The packages and files (after `-r`) that require it, from the lock's comments."""
        comments = [line.strip(" #") for line in self.text.splitlines()[1:] if line.lstrip().startswith("#")]
        return [name for line in comments if (name := line.removeprefix("via").strip())]


@dataclass(frozen=True)
class Lock:
    """The pins of a lock file, and its lines that are neither a pin nor a hash."""

    pins: tuple[Pin, ...]
    strange: tuple[LockLine, ...]

    def pin(self, name: str) -> Pin | None:
        """Return the pin of a package in any spelling, or `None`."""
        return next((pin for pin in self.pins if pin.name == canonicalize_name(name)), None)


def read_lock(path: Path) -> Lock:
    """Read a lock file from uv or pip-compile. Raises `OSError`."""
    pinned: list[tuple[NormalizedName, str, int, list[LockLine], list[str]]] = []
    strange: list[LockLine] = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines(keepends=True), start=1):
        words = _COMMENT.sub("", line).strip()
        if found := _PIN.match(words):
            pinned.append((canonicalize_name(found[1]), found[2], number, [], []))
        elif words and not words.startswith("--hash="):
            strange.append(LockLine(number, words))
        if pinned:
            *_, hashes, text = pinned[-1]
            hashes.extend(LockLine(number, each) for each in _HASH.findall(words))
            text.append(line)
    pins = (Pin(name, version, number, tuple(hashes), "".join(text)) for name, version, number, hashes, text in pinned)
    return Lock(tuple(pins), tuple(strange))


def options_in(requirements: str) -> list[LockLine]:
    """Return the lines of a `requirements.in` that are options, except those that name another file.

    A lock does not keep options, such as another index or a build from source.
    """
    lines = [LockLine(number, words.strip()) for number, words in enumerate(requirements.splitlines(), start=1)]
    return [line for line in lines if line.words.startswith("-") and not line.words.startswith(_FILES)]
