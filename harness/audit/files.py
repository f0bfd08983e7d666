"""Reading what an audit looks at: whatever cannot be read, or breaks the chain or the schema, is a fault."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from harness import chain
from harness.audit.found import Fault, Located, leaves, place, shorten
from harness.environment import ENVIRONMENT
from harness.plan import PlanError
from harness.records import RECORDS, Record, RecordError, RoundRecord, TrialRecord, parse
from harness.schema import departure

GREATEST = 2.0**63
"""No figure reaches what a stamp in nanoseconds cannot hold."""

_File = TypeVar("_File")


def read_file(folder: Path, name: str, read: Callable[[Path], _File], faults: list[Fault]) -> _File | None:
    """Read a file of the folder whole; what is wrong with it is a fault."""
    try:
        return read(folder)
    except (RecordError, PlanError) as error:
        faults.append(Fault(name, shorten(str(error).removeprefix(f"{folder / name}: "))))
    except (OSError, ValueError, RecursionError) as error:
        faults.append(Fault(name, shorten(f"it cannot be read: {error}")))
    return None


def read_lines_of(folder: Path, faults: list[Fault]) -> list[bytes]:
    """Return the lines of the records, with one that was cut short."""
    content = read_file(folder, RECORDS, lambda folder: (folder / RECORDS).read_bytes(), faults)
    if content is None:
        return []
    lines = content.split(b"\n")
    if lines[-1]:
        faults.append(Fault(place(len(lines)), "it is cut short: the file does not end with an end of line"))
        return lines
    return lines[:-1]


def read_record(number: int, line: bytes, faults: list[Fault]) -> Located[Record] | None:
    """Return the record of a line that keeps the published schema and has possible figures; else a fault says why."""
    where = place(number)
    try:
        content = json.loads(line)
        if wrong := departure(content):
            faults.append(Fault(where, shorten(wrong)))
            return None
        record = parse(line, where)
    except RecordError as error:
        faults.append(Fault(where, shorten(str(error).removeprefix(f"{where}: "))))
        return None
    except (ValueError, RecursionError) as error:
        faults.append(Fault(where, shorten(f"it is no JSON: {error}")))
        return None
    located = Located(f"{where} ({_name(record)})", record)
    impossible = [located.fault(what) for what in _impossible_figures(content)]
    faults += impossible
    return None if impossible else located


def _name(record: Record) -> str:
    match record:
        case TrialRecord():
            return f"trial {record.trial}"
        case RoundRecord():
            return f"round {record.round}"
    return f"{record.kind} of {record.orchestrator} {record.profile}"


def _impossible_figures(content: object) -> Iterator[str]:
    """Check that every figure is finite, and that none but phases are negative."""
    for path, value in leaves(content):
        if isinstance(value, int | float):
            if not abs(value) < GREATEST:
                yield shorten(f"{path} is no possible figure: {'not finite' if _infinite(value) else 'too great'}")
            elif value < 0 and not path.startswith("phases."):
                yield f"{path} is negative: {value}"


def _infinite(figure: float) -> bool:
    return isinstance(figure, float) and not math.isfinite(figure)


def chain_faults(first: str | None, lines: Sequence[bytes]) -> Iterator[Fault]:
    """Check that each line continues the chain that begins with the environment's digest, `None` if there is none."""
    for index in chain.broken(first or "", lines):
        if index:
            what = "its link does not fit: it was changed, or lines were put in, taken out or moved before it"
        elif first:
            what = f"its link does not fit: it or {ENVIRONMENT} was changed"
        else:
            continue
        yield Fault(place(index + 1), what)
