"""The faults of an audit and their places: records with file and line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from harness.results.records import RECORDS, InRound, Record

_LONGEST_MESSAGE = 200

Some = TypeVar("Some", covariant=True)
Kind = TypeVar("Kind")

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


Records = Sequence[Located[Record]]


def of_kind(kind: type[Kind], records: Iterable[Located[object]]) -> list[Located[Kind]]:
    """Return the records of a kind, in the order of the file."""
    return [Located(each.where, each.record, each.number) for each in records if isinstance(each.record, kind)]


@dataclass(frozen=True)
class RoundRecords:
    """The records with one round id, in the order of the file."""

    round: str
    records: list[Located[InRound]]

    @property
    def lines(self) -> Lines:
        """The lines of all its records."""
        return frozenset(each.number for each in self.records)

    def fault(self, what: str, spoils: Lines | None = None) -> Objection:
        """Return a fault of the whole round, at its last record. By default, it spoils all its records."""
        return Objection(self.records[-1].where, what, self.lines if spoils is None else spoils)


def rounds_of(records: Iterable[Located[object]]) -> list[RoundRecords]:
    """Group the records of rounds by round id, in the order of their first records."""
    rounds: dict[str, RoundRecords] = {}
    for each in of_kind(InRound, records):
        rounds.setdefault(each.record.round, RoundRecords(each.record.round, [])).records.append(each)
    return list(rounds.values())


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
