"""Selects the part of a result that a report uses. A record that breaks a rule is shown with the reason instead.

The smallest excluded part is a record. A rule between records excludes a trial, a round or a system. If files were
changed, nothing is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import takewhile

from harness.audit.audit import audit
from harness.audit.faults import Objection
from harness.audit.record_lines import possible
from harness.errors import Failure
from harness.paths import shown
from harness.results.records import Record, RoundRecord, TrialRecord, first_success_s
from harness.results.refused import refused
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
    lines = [_without(line, first) for line in result.lines]
    told = {first[line.number] for line in lines if line.number in first and line.record is not None}
    objections = (f"{fault.where}: {fault.what}" for fault in faults if fault not in told)
    return replace(result, lines=tuple(_succeeding(lines, first)), objections=tuple(dict.fromkeys(objections)))


def _without(line: RecordLine, first: Mapping[int, Objection]) -> RecordLine:
    fault = first.get(line.number)
    if fault is None or line.record is None:
        return line
    record = refused(line.record, f"it fails the audit: {fault.what}")
    return replace(line, record=record if record and possible(record) else None)


def _succeeding(lines: Sequence[RecordLine], first: Mapping[int, Objection]) -> list[RecordLine]:
    """Return lines in which each round's first success uses only the trials before a spoilt one."""
    rounds: dict[str, list[tuple[bool, TrialRecord]]] = {}
    for line in lines:
        if isinstance(line.record, TrialRecord):
            rounds.setdefault(line.record.round, []).append((line.number in first, line.record))
    spoilt = {name for name, trials in rounds.items() if any(bad for bad, _ in trials)}
    return [replace(line, record=_first_success(line.record, rounds, spoilt)) for line in lines]


def _first_success(
    record: Record | None, rounds: Mapping[str, Sequence[tuple[bool, TrialRecord]]], spoilt: set[str]
) -> Record | None:
    if not isinstance(record, RoundRecord) or record.round not in spoilt:
        return record
    before = [trial for _, trial in takewhile(lambda each: not each[0], rounds[record.round])]
    return record.model_copy(update={"first_success_s": first_success_s(record.ready_s, before)})
