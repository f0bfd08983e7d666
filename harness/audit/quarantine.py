"""Selects the part of a result that a report uses. A record that breaks a rule is shown with the reason instead.

The smallest excluded part is a record. A rule between records excludes a trial, a round or a system. If files were
changed, nothing is left.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from harness.audit.audit import audit
from harness.audit.faults import Objection
from harness.audit.record_lines import impossible_figures
from harness.errors import Failure
from harness.paths import shown
from harness.results.admission import refused
from harness.results.records import InRound, RoundRecord, TrialRecord, first_success_s
from harness.results.result import RecordLine, Result

_SHOWN = 10


class AuditFailed(Failure):
    """A result fails the audit. The message names each fault."""

    def __init__(self, result: Result, faults: Sequence[Objection]) -> None:
        folder = shown(result.folder)
        named = "\n".join(f"  {fault.where}: {fault.what}" for fault in faults[:_SHOWN])
        more = f"\n  and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        super().__init__(
            f"{folder} fails the audit, so orchbench does not use it:\n{named}{more}",
            remedy=f"orchbench audit {folder}",
        )


def require_valid(result: Result) -> None:
    """Raise `AuditFailed` unless a result passes the audit."""
    if faults := audit(result):
        raise AuditFailed(result, faults)


@cache
def sound_part(result: Result) -> Result:
    """Return a result with its faulty parts marked. Raises `AuditFailed` if its files were changed."""
    return quarantine(result, audit(result))


def quarantine(result: Result, faults: Sequence[Objection]) -> Result:
    """Return a result with the parts that these faults spoil marked. Raises `AuditFailed` if that is everything."""
    if not faults:
        return result
    if condemning := [fault for fault in faults if fault.spoils is None]:
        raise AuditFailed(result, condemning)
    first: dict[int, Objection] = {}
    for fault in faults:
        for number in fault.spoils or ():
            first.setdefault(number, fault)
    lines = tuple(_sound(result.lines, first))
    shown_by_records = {first[line.number] for line in lines if line.number in first and line.record is not None}
    objections = (f"{fault.where}: {fault.what}" for fault in faults if fault not in shown_by_records)
    return replace(result, lines=lines, objections=tuple(dict.fromkeys(objections)))


def _sound(lines: Iterable[RecordLine], first: Mapping[int, Objection]) -> Iterator[RecordLine]:
    """Yield lines without spoilt records. A round's first success uses only the trials before a spoilt one."""
    before: dict[str, list[TrialRecord]] = defaultdict(list)
    spoilt: set[str] = set()
    for line in lines:
        record = line.record
        if isinstance(record, TrialRecord) and line.number in first:
            spoilt.add(record.round)
        if isinstance(record, TrialRecord) and record.round not in spoilt:
            before[record.round].append(record)
        if isinstance(record, RoundRecord) and record.round in spoilt:
            success_s = first_success_s(record.ready_s, before[record.round])
            record = record.model_copy(update={"first_success_s": success_s})
        if fault := first.get(line.number):
            record = refused(record, f"it fails the audit: {fault.what}") if isinstance(record, InRound) else None
        yield replace(line, record=None if record and any(impossible_figures(record)) else record)
