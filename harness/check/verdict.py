"""What a check is, and what it comes to. Knows nothing of what is checked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it must be: what, in a sentence that names the place, and what to change.

    `log` holds the last lines of what failed, where it wrote any.
    """

    what: str
    hint: str
    log: str = ""


class NotAsked(Exception):
    """A check has nothing to look at here; the message says why."""


class Blocked(Exception):
    """A check cannot look, for what went wrong before; the message says what."""


class Lacking(NotAsked):
    """A check cannot look, for what this machine lacks."""


class Outcome(StrEnum):
    """What a check comes to. `NOT_REACHED` waits for another one that did not pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ASKED = "not asked"
    NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Check(Generic[S]):
    """A demand of the contract, under a name to choose it by.

    `demand` says in a phrase what must hold. `look` yields every fault that it sees in a subject; it may raise
    `NotAsked`, and errors of the harness, which are faults too. `needs` are the checks that must not have failed before
    this one can look.
    """

    name: str
    demand: str
    look: Callable[[S], Iterable[Fault]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a check came to, and in how many seconds; `why` says so where it did not look.

    `at_first` is what a first look found that does not count, because a second one was taken.
    """

    name: str
    demand: str
    outcome: Outcome
    faults: tuple[Fault, ...] = ()
    why: str = ""
    lacking: bool = False
    seconds: float = 0.0
    at_first: tuple[Fault, ...] = ()
