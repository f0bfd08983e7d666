"""What an audit objects to, and where: records with their places, and the words for both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from harness.results.records import RECORDS, CrashRecord, Record, RoundRecord, TrialRecord

_LONGEST_MESSAGE = 200

Some = TypeVar("Some", covariant=True)


Lines = frozenset[int]
NOTHING: Lines = frozenset()
"""What is lacking spoils nothing that is there."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: the file, the line and the record.

    `spoils` are the lines of the records that are worth nothing because of it; `None` where that is all of the result.
    """

    where: str
    what: str
    spoils: Lines | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Located(Generic[Some]):
    """A record and where it stands; `number` is that of its line."""

    where: str
    record: Some
    number: int

    def fault(self, what: str) -> Fault:
        """Return a fault of this record, which spoils it alone."""
        return Fault(self.where, what, frozenset({self.number}))


@dataclass(frozen=True)
class Life:
    """The trials, of one kind or the other, and the ends that the records tell of one round id, as in the file."""

    round: str
    trials: list[Located[TrialRecord]] = field(default_factory=list)
    crashes: list[Located[CrashRecord]] = field(default_factory=list)
    ends: list[Located[RoundRecord]] = field(default_factory=list)

    @property
    def where(self) -> str:
        """Where its last record stands."""
        return [*self.trials, *self.crashes, *self.ends][-1].where

    @property
    def lines(self) -> Lines:
        """The lines of all its records."""
        return frozenset(each.number for each in (*self.trials, *self.crashes, *self.ends))

    def fault(self, what: str) -> Fault:
        """Return a fault of the whole round, which spoils all its records."""
        return Fault(self.where, what, self.lines)

    def lack(self, what: str) -> Fault:
        """Return what the round lacks: what is there of it is no worse for that."""
        return Fault(self.where, what, NOTHING)


Records = Sequence[Located[Record]]


def trials_of(records: Records) -> list[Located[TrialRecord]]:
    """Return the trials, in the order of the file."""
    return [Located(each.where, each.record, each.number) for each in records if isinstance(each.record, TrialRecord)]


def lives_of(records: Records) -> list[Life]:
    """Sort the records of trials and rounds by round id, in the order of their first records."""
    lives: dict[str, Life] = {}
    for each in records:
        if isinstance(each.record, TrialRecord | CrashRecord | RoundRecord):
            life = lives.setdefault(each.record.round, Life(each.record.round))
            kinds: dict[str, list[Any]] = {"trial": life.trials, "crash": life.crashes, "round": life.ends}
            kinds[each.record.kind].append(each)
    return list(lives.values())


def lines_of(records: Records, orchestrator: str) -> Lines:
    """Return the lines of all records of an orchestrator."""
    return frozenset(each.number for each in records if each.record.orchestrator == orchestrator)


def place(number: int) -> str:
    """Say where a line stands; lines count from 1."""
    return f"{RECORDS}, line {number}"


def shorten(message: str) -> str:
    """Cut a message that quotes foreign content, and make it printable."""
    printable = message.encode(errors="backslashreplace").decode()
    return printable if len(printable) <= _LONGEST_MESSAGE else f"{printable[:_LONGEST_MESSAGE]}…"


def leaves(content: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value of nested JSON with its path."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from leaves(value, f"{path}.{index}")
    else:
        yield path, content
