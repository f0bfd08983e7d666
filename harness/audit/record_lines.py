"""The lines of the records: one that cannot be read, or that breaks the chain or the schema, is a fault."""

import json
import math
from collections.abc import Iterator

from harness.audit.faults import Fault, Located, leaves, place, shorten
from harness.results import chain
from harness.results.environment import ENVIRONMENT
from harness.results.records import Record, RoundRecord, TrialRecord
from harness.results.result import Line, Result
from harness.results.schema import departure

GREATEST = 2.0**63
"""No figure reaches what a stamp in nanoseconds cannot hold."""


def chain_faults(result: Result) -> Iterator[Fault]:
    """Check that the file ends with a whole line, and that each line continues the chain."""
    if result.cut_short:
        where = place(len(result.lines) + 1)
        yield Fault(where, "it is cut short: the file does not end with an end of line")
    for index in chain.broken(result.genesis, [line.content for line in result.lines]):
        if index:
            what = "its link does not fit: it was changed, or lines were put in, taken out or moved before it"
        else:
            what = f"its link does not fit: it or {ENVIRONMENT} was changed"
        yield Fault(place(index + 1), what)


def located_records(result: Result, faults: list[Fault]) -> list[Located[Record]]:
    """Return the records that keep the published schema and have possible figures; what others lack is a fault."""
    records = []
    for line in result.lines:
        problems = list(_problems(line))
        faults += problems
        if line.record is not None and not problems:
            records.append(Located(_where(line.number, line.record), line.record))
    return records


def _problems(line: Line) -> Iterator[Fault]:
    where = place(line.number)
    try:
        content = json.loads(line.content)
    except (ValueError, RecursionError) as error:
        yield Fault(where, shorten(f"it is no JSON: {error}"))
        return
    if wrong := departure(content):
        yield Fault(where, shorten(wrong))
    elif line.record is None:
        yield Fault(where, shorten(line.fault))
    else:
        where = _where(line.number, line.record)
        yield from (Fault(where, what) for what in _impossible_figures(content))


_MAY_BE_NEGATIVE = ("phases.", "clock_step_s")


def _where(number: int, record: Record) -> str:
    match record:
        case TrialRecord():
            name = f"trial {record.trial}"
        case RoundRecord():
            name = f"round {record.round}"
        case _:
            name = f"{record.kind} of {record.orchestrator} {record.profile}"
    return f"{place(number)} ({name})"


def _impossible_figures(content: object) -> Iterator[str]:
    """Check that every figure is finite, and that none but phases and steps of the clock are negative."""
    for path, value in leaves(content):
        if isinstance(value, int | float):
            if not abs(value) < GREATEST:
                yield shorten(f"{path} is no possible figure: {'not finite' if _infinite(value) else 'too great'}")
            elif value < 0 and not path.startswith(_MAY_BE_NEGATIVE):
                yield f"{path} is negative: {value}"


def _infinite(figure: float) -> bool:
    return isinstance(figure, float) and not math.isfinite(figure)
