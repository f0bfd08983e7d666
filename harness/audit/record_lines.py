"""Checks the lines of the records: whether each is readable and keeps the chain."""

from collections.abc import Iterator

from harness.audit.faults import NOTHING, Located, Objection, leaves, place, shorten
from harness.results import chain
from harness.results.environment import ENVIRONMENT
from harness.results.records import InTrial, Record, RoundRecord
from harness.results.result import Result

GREATEST = 2.0**63
"""Every number is smaller than this, as a stamp in nanoseconds is."""
_MAY_BE_NEGATIVE = ("phases", "clock_step_s", "state_bytes")


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
        if line.record is None:
            faults.append(Objection(place(line.number), shorten(line.fault), frozenset({line.number})))
            continue
        located = Located(_where(line.number, line.record), line.record, line.number)
        impossible = [*impossible_figures(line.record)]
        faults += map(located.fault, impossible)
        if not impossible:
            records.append(located)
    return records


def impossible_figures(record: Record) -> Iterator[str]:
    """Yield every number that is not finite or too large, and negative ones that are neither phases nor clock steps."""
    # The model of events already bounds their numbers.
    for path, value in leaves(record.model_dump(exclude={"events"})):
        if isinstance(value, int | float):
            if not abs(value) < GREATEST:
                yield shorten(f"{path} is not a possible number")
            elif value < 0 and path.partition(".")[0] not in _MAY_BE_NEGATIVE:
                yield f"{path} is negative: {value}"


def _where(number: int, record: Record) -> str:
    match record:
        case InTrial():
            name = f"trial {record.trial}"
        case RoundRecord():
            name = f"round {record.round}"
        case _:
            name = f"{record.kind} of {record.orchestrator} {record.profile}"
    return f"{place(number)} ({name})"
