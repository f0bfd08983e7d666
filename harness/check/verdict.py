"""Checks and their verdicts. Knows nothing about what is checked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Fault:
    """One fault: a sentence that names the place, and what to change.

    `log` has the last lines of the failed program's output, if any.
    """

    what: str
    hint: str
    log: str = ""


class NotAsked(Exception):
    """A check does not apply here. The message says why."""


class Blocked(Exception):
    """A check cannot run because of an earlier failure. The message names it."""


class Lacking(NotAsked):
    """A check cannot run because this machine lacks something."""


class Outcome(StrEnum):
    """The outcome of a check. `NOT_REACHED` depends on a check that did not pass."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ASKED = "not asked"
    NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Check(Generic[S]):
    """A demand of the contract, under a name to choose it by.

    `demand` states the requirement in a phrase. `look` yields every fault of a subject. It may raise `NotAsked`, and
    errors of the harness, which are faults too. `needs` are the checks that must not have failed before it.
    """

    name: str
    demand: str
    look: Callable[[S], Iterable[Fault]]
    needs: tuple[str, ...] = ()


def check(*needs: str) -> Callable[[Callable[[S], Iterable[Fault]]], Check[S]]:
    """Turn a function into a check: its name is the check's name, and its docstring begins with the demand."""

    def made(look: Callable[[S], Iterable[Fault]]) -> Check[S]:
        demand = (look.__doc__ or "").partition("\n")[0].removesuffix(".")
        return Check(look.__name__.replace("_", "-"), demand[:1].lower() + demand[1:], look, needs)

    return made


@dataclass(frozen=True)
class Verdict:
    """The verdict of a check, and its duration in seconds. `why` explains why it did not run.

    `at_first` are the faults of a first run that do not count, because a second one was made.
    """

    name: str
    demand: str
    outcome: Outcome
    faults: tuple[Fault, ...] = ()
    why: str = ""
    lacking: bool = False
    seconds: float = 0.0
    at_first: tuple[Fault, ...] = ()
