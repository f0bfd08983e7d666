"""Errors that a user can cause or meet: one family, each with its exit code and the command that helps."""

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


_LONGEST = 500
"""Characters of an error's words: some quote all that they were given."""


class HarnessError(Exception):
    """Something that a user can cause or meet.

    The message says what is wrong, `remedy` is a command that helps (empty where there is none), and `log` holds the
    last lines of what failed. `exit_code` is 2 where nothing was measured because of misuse or a missing part, and 1
    where a benchmark or a build failed.
    """

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "", log: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
        self.log = log


class Misuse(HarnessError):
    """The command cannot do what it was asked; the message says what it can."""


class Failure(HarnessError):
    """Something that ran has failed."""

    exit_code = 1


def origin(error: BaseException, folder: Path) -> str:
    """Return an error in one line, with the last place below `folder` that it came through, if any.

    One that says nothing, such as a bare `assert`, is told by the line that raised it.
    """
    every = traceback.extract_tb(error.__traceback__)
    said = str(error) or (every[-1].line if every else "") or "it says nothing"
    words = writable(" ".join(f"{type(error).__name__}: {said}".split())[:_LONGEST])
    if isinstance(error, SyntaxError):
        return words
    frames = [frame for frame in every if Path(frame.filename).parent == folder]
    return f"{words} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else words


def worded(error: BaseException, folder: Path) -> str:
    """Return an error's own words where it was foreseen, else what it is and where in `folder` it comes from."""
    return writable(str(error)) if isinstance(error, HarnessError) else origin(error, folder)


def writable(words: str) -> str:
    """Return words as a record can keep them: it holds no half of a character, which a file's name may be made of."""
    return words.encode(errors="backslashreplace").decode()


def first_fault(error: "ValidationError") -> str:
    """Return the first field that is wrong, and why, in one line."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
