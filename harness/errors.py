"""Errors that a user can cause or meet, each with an exit code and a command that helps."""

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


_LONGEST = 500
"""The maximum number of characters of an error message, because some errors quote their whole input."""


class HarnessError(Exception):
    """An error that a user can cause or meet.

    The message says what is wrong. `remedy` is a command that helps, or empty. `log` has the last lines of the failed
    program. `exit_code` is 2 if nothing was measured because of misuse or a missing part, and 1 if a benchmark or a
    build failed.
    """

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "", log: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
        self.log = log


class Misuse(HarnessError):
    """The command cannot do what was requested. The message says what is possible."""


class Failure(HarnessError):
    """Something that ran has failed."""

    exit_code = 1


def origin(error: BaseException, folder: Path) -> str:
    """Return an error in one line, with the last place in `folder` on its traceback, if any.

    An error without a message, such as a bare `assert`, is described by the line that raised it.
    """
    every = traceback.extract_tb(error.__traceback__)
    said = str(error) or (every[-1].line if every else "") or "no message"
    words = writable(" ".join(f"{type(error).__name__}: {said}".split())[:_LONGEST])
    if isinstance(error, SyntaxError):
        return words
    frames = [frame for frame in every if Path(frame.filename).parent == folder]
    return f"{words} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else words


def worded(error: BaseException, folder: Path) -> str:
    """Return the message of an expected error, or the type and place in `folder` of an unexpected one."""
    return writable(str(error)) if isinstance(error, HarnessError) else origin(error, folder)


def writable(words: str) -> str:
    """Return words that a record can keep. File names can contain invalid characters."""
    return words.encode(errors="backslashreplace").decode()


def first_fault(error: "ValidationError") -> str:
    """Return the first invalid field and why it is invalid, in one line."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'content'}: {first['msg']}"
