"""What an audit objects to, and where: records with their places, and the words for both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from harness.results.records import RECORDS, CrashRecord, Record, RoundRecord, TrialRecord

_LONGEST_MESSAGE = 200

Some = TypeVar("Some", covariant=True)


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: the file, the line and the record."""

    where: str
    what: str


@dataclass(frozen=True)
class Located(Generic[Some]):
    """A record and where it stands."""

    where: str
    record: Some

    def fault(self, what: str) -> Fault:
        """Return a fault of this record."""
        return Fault(self.where, what)


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


Records = Sequence[Located[Record]]


def trials_of(records: Records) -> list[Located[TrialRecord]]:
    """Return the trials, in the order of the file."""
    return [Located(each.where, each.record) for each in records if isinstance(each.record, TrialRecord)]


def lives_of(records: Records) -> list[Life]:
    """Sort the records of trials and rounds by round id, in the order of their first records."""
    lives: dict[str, Life] = {}
    for located in records:
        match located.record:
            case TrialRecord() as trial:
                lives.setdefault(trial.round, Life(trial.round)).trials.append(Located(located.where, trial))
            case CrashRecord() as crash:
                lives.setdefault(crash.round, Life(crash.round)).crashes.append(Located(located.where, crash))
            case RoundRecord() as end:
                lives.setdefault(end.round, Life(end.round)).ends.append(Located(located.where, end))
    return list(lives.values())


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
