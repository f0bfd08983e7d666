"""Checks the lines of the records: whether each is readable and keeps the chain."""

import json
import math
from collections.abc import Iterable, Iterator

from harness.audit.faults import NOTHING, Located, Objection, leaves, place, shorten
from harness.results import chain
from harness.results.environment import ENVIRONMENT
from harness.results.records import InTrial, Record, RoundRecord
from harness.results.result import RecordLine, Result

GREATEST = 2.0**63
"""Every number is smaller than this, as a stamp in nanoseconds is."""
_FIGURES = (int, float)


def chain_faults(result: Result) -> Iterator[Objection]:
    """Check that the file ends with a newline, and that each line continues the chain."""
    if result.cut_short:
        where = place(len(result.lines) + 1)
        # A crash leaves such a line. Earlier lines are whole.
        yield Objection(where, "it is cut short: the file does not end with a newline", NOTHING)
    for index in chain.broken(result.genesis, [line.content for line in result.lines]):
        if index:
            what = "its link does not match: it was changed, or lines before it were added, removed or moved"
        else:
            what = f"its link does not match: it or {ENVIRONMENT} was changed"
        yield Objection(place(index + 1), what)


def located_records(result: Result, faults: list[Objection]) -> list[Located[Record]]:
    """Return the readable records with possible numbers. Others are faults."""
    records = []
    for line in result.lines:
        problems = list(_problems(line))
        faults += problems
        if line.record is not None and not problems:
            records.append(Located(_where(line.number, line.record), line.record, line.number))
    return records


def _problems(line: RecordLine) -> Iterator[Objection]:
    itself = frozenset({line.number})
    if line.record is None:
        yield Objection(place(line.number), shorten(line.fault), itself)
    elif not possible(line.record):
        where = _where(line.number, line.record)
        yield from (Objection(where, what, itself) for what in _impossible_figures(json.loads(line.content)))


_MAY_BE_NEGATIVE = ("phases", "clock_step_s", "state_bytes")


def _where(number: int, record: Record) -> str:
    match record:
        case InTrial():
            name = f"trial {record.trial}"
        case RoundRecord():
            name = f"round {record.round}"
        case _:
            name = f"{record.kind} of {record.orchestrator} {record.profile}"
    return f"{place(number)} ({name})"


def _impossible_figures(content: object) -> Iterator[str]:
    """Check that every number is finite, and that only phases and clock steps are negative."""
    for path, value in leaves(content):
        if isinstance(value, int | float):
            if not abs(value) < GREATEST:
                yield shorten(f"{path} is not a possible number: {'not finite' if _infinite(value) else 'too large'}")
            elif value < 0 and path.partition(".")[0] not in _MAY_BE_NEGATIVE:
                yield f"{path} is negative: {value}"


def possible(record: Record | None) -> bool:
    """Whether all numbers of a record are possible. The model of events already bounds theirs."""
    return all(
        _all_within(value, -GREATEST if name in _MAY_BE_NEGATIVE else 0)
        for name, value in vars(record).items()
        if name != "events"
    )


def _all_within(value: object, least: float) -> bool:
    """Whether every number in nested values is at least `least` and none is too large."""
    if value is None or isinstance(value, str):
        return True
    if isinstance(value, _FIGURES):
        return least <= value < GREATEST
    if isinstance(value, list):
        nested: Iterable[object] = value
    else:
        nested = (value if isinstance(value, dict) else vars(value)).values()
    # A loop, because a generator for each of a million values takes seconds.
    for each in nested:  # noqa: SIM110
        if not _all_within(each, least):
            return False
    return True


def _infinite(figure: float) -> bool:
    return isinstance(figure, float) and not math.isfinite(figure)
