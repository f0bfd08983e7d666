"""Reads the event file that the probe writes. Its content comes from a stack, so nothing about it is certain."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness import untrusted
from harness.errors import Failure, first_fault
from harness.experiment.timeline import Event

EVENTS_MOST_BYTES = 256 << 10
"""The largest event file to read. A trial writes about 2 kB."""
_LONGEST_FAULT = 200
_EVENT = TypeAdapter(Event)


class EventsError(Failure):
    """The event file is missing, not a plain file or too large, or has an invalid line. The message says where."""


def read_events(path: Path, trial: str) -> list[Event]:
    """Return the events of one trial in the order of their stamps. Raises `EventsError`."""
    return [event for event in read_all_events(path) if event.trial == trial]


def events_size(path: Path) -> int:
    """Return the size of an event file in bytes. Raises `EventsError`."""
    try:
        return untrusted.size_bytes(path, EVENTS_MOST_BYTES)
    except untrusted.OddFile as odd:
        raise EventsError(str(odd)) from odd
    except OSError as error:
        raise EventsError(f"{path.name}: {error.strerror}") from error


def read_all_events(path: Path) -> list[Event]:
    """Return all events of a file in the order of their stamps, without an unfinished last line.

    Raises `EventsError`.
    """
    try:
        *lines, _unfinished = untrusted.read(path, EVENTS_MOST_BYTES).split(b"\n")
    except untrusted.OddFile as odd:
        raise EventsError(str(odd)) from odd
    except OSError as error:
        raise EventsError(f"{path.name}: {error.strerror}") from error
    events = [_event(f"{path.name}, line {number}", line) for number, line in enumerate(lines, start=1)]
    return sorted(events, key=lambda event: event.monotonic_ns)


def _event(where: str, line: bytes) -> Event:
    try:
        return _EVENT.validate_json(line)
    except ValidationError as error:
        raise EventsError(f"{where} is no valid event: {first_fault(error)[:_LONGEST_FAULT]}: {line[:80]!r}") from error
