"""Who holds a lock, in words that help to find it: its command, its folder, and since when.

The file lies where every user may write, so that what stands in it is not trusted: it is bounded, and printable.
"""

import os
import sys
import time
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError

from harness.isolation.owner import Owner, this_process, user_name

_LONGEST = 200
_MAIN = "__main__.py"


class Holder(BaseModel):
    """A process that holds a lock, as it signs itself; `since_s` is Unix time."""

    owner: str
    user: str
    command: str
    folder: str
    since_s: float

    @classmethod
    def this_one(cls) -> Self:
        """Return the holder that this process is, from now on."""
        user, folder = user_name(os.geteuid()), str(Path.cwd())
        return cls(
            owner=str(this_process()), user=user, command=_short(_command()), folder=_short(folder), since_s=time.time()
        )

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` of a holder wrote; `None` for anything else, such as an older version's words."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            return None

    def __str__(self) -> str:
        return self.model_dump_json()

    def alive(self) -> bool:
        """Whether its process still runs."""
        try:
            return Owner.parse(self.owner).alive()
        except ValueError:
            return False

    @property
    def words(self) -> str:
        """Its command, its folder, since when, and which process it is."""
        try:
            since = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.since_s))
        except (OverflowError, ValueError, OSError):
            since = "an unknown time"
        which = f"process {Owner.parse(self.owner).pid} of {self.user}"
        return _short(f"`{self.command}` in {self.folder}, since {since} ({which})", 3 * _LONGEST)


def _command() -> str:
    """Return this process's command as a person would type it."""
    program = Path(sys.argv[0])
    # A module that is run as a program is known by its package.
    name = program.parent.name if program.name == _MAIN else program.name
    return " ".join([name, *sys.argv[1:]])


def _short(words: str, longest: int = _LONGEST) -> str:
    printable = "".join(each if each.isprintable() else "?" for each in words)
    return printable if len(printable) <= longest else f"{printable[: longest - 1]}…"
