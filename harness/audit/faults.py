"""The faults of an audit and their places: records with file and line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from harness.results.records import RECORDS, CrashRecord, Record, RoundRecord, TrialRecord

_LONGEST_MESSAGE = 200

Some = TypeVar("Some", covariant=True)


Lines = frozenset[int]
NOTHING: Lines = frozenset()
"""A missing record spoils no existing one."""


@dataclass(frozen=True)
class Objection:
    """A fault and its place: the file, the line and the record.

    `spoils` are the lines of the records that it makes worthless, or `None` if it spoils the whole result.
    """

    where: str
    what: str
    spoils: Lines | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Located(Generic[Some]):
    """A record and its place. `number` is its line number."""

    where: str
    record: Some
    number: int

    def fault(self, what: str) -> Objection:
        """Return a fault of this record, which spoils only this record."""
        return Objection(self.where, what, frozenset({self.number}))


@dataclass(frozen=True)
class RoundRecords:
    """The trials (of either kind) and ends with one round id, in the order of the file."""

    round: str
    trials: list[Located[TrialRecord]] = field(default_factory=list)
    crashes: list[Located[CrashRecord]] = field(default_factory=list)
    ends: list[Located[RoundRecord]] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The place of its last record."""
        return [*self.trials, *self.crashes, *self.ends][-1].where

    @property
    def lines(self) -> Lines:
        """The lines of all its records."""
        return frozenset(each.number for each in (*self.trials, *self.crashes, *self.ends))

    def fault(self, what: str) -> Objection:
        """Return a fault of the whole round, which spoils all its records."""
        return Objection(self.where, what, self.lines)

    def lack(self, what: str) -> Objection:
        """Return a missing part of the round, which spoils nothing."""
        return Objection(self.where, what, NOTHING)


Records = Sequence[Located[Record]]


def trials_of(records: Records) -> list[Located[TrialRecord]]:
    """Return the trials, in the order of the file."""
    return [Located(each.where, each.record, each.number) for each in records if isinstance(each.record, TrialRecord)]


def rounds_of(records: Records) -> list[RoundRecords]:
    """Group the records of trials and rounds by round id, in the order of their first records."""
    lives: dict[str, RoundRecords] = {}
    for each in records:
        if isinstance(each.record, TrialRecord | CrashRecord | RoundRecord):
            life = lives.setdefault(each.record.round, RoundRecords(each.record.round))
            kinds: dict[str, list[Any]] = {"trial": life.trials, "crash": life.crashes, "round": life.ends}
            kinds[each.record.kind].append(each)
    return list(lives.values())


def lines_of(records: Records, orchestrator: str) -> Lines:
    """Return the lines of all records of an orchestrator."""
    return frozenset(each.number for each in records if each.record.orchestrator == orchestrator)


def place(number: int) -> str:
    """Return the place of a line. Numbers start at 1."""
    return f"{RECORDS}, line {number}"


def shorten(message: str) -> str:
    """Shorten a message with foreign content and make it printable."""
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
