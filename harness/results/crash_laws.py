"""What must hold of the record of a crash trial: its finding follows from what was seen, and that can be."""

from collections.abc import Iterator

from harness.experiment.crash import Crash
from harness.experiment.difference import difference_stands
from harness.experiment.finding import Traces, attempt_name, find, overlap_s, too_late, unended
from harness.experiment.judgement import absent
from harness.experiment.plan import Plan, planned_id
from harness.results.records import CrashRecord

_TOLERANCE_S = 1e-6


def broken_laws(record: CrashRecord, plan: Plan) -> Iterator[str]:
    """Say everything that is wrong with the record of a crash trial, in words."""
    crash = plan.crashes.get(record.scenario)
    if crash is None:
        yield f"its plan has no crash scenario {record.scenario!r}"
        return
    if not planned_id(record.trial).endswith(f"-{record.scenario}"):
        yield f"its trial is {record.trial}, of another scenario than {record.scenario}"
    if record.patience_s != plan.patience_s:
        yield f"patience_s is {record.patience_s:g}, planned was {plan.patience_s:g}"
    valid = record.outcome == "valid"
    if valid != (record.finding is not None) or valid == bool(record.reason):
        yield f"its outcome is {record.outcome}, with the finding {record.finding} and the reason {record.reason!r}"
    if (absence := absent(record.absent_s)) and record.outcome != "error":
        yield f"its outcome is {record.outcome}, though {absence}"
    if valid:
        yield from _finding_follows(record, crash, plan)


def _finding_follows(record: CrashRecord, crash: Crash, plan: Plan) -> Iterator[str]:
    if record.later is None:
        yield "it has no later look"
        return
    exported = (each.expected.output for each in plan.scenarios.values() if each.month == crash.month and each.exports)
    demanded = next(exported, None)
    for look in (record.told, record.later):
        if look is not None and demanded is not None:
            yield from difference_stands(look.output, demanded)
    traces = Traces(record.told or record.later, record.later, record.events, record.lived_on, record.next_run)
    if (found := find(crash, traces)) != record.finding:
        yield f"its finding is {record.finding}, what was seen amounts to {found}"
    together_s = overlap_s(record.events, record.alive_until_ns)
    if abs(together_s - record.overlap_s) > _TOLERANCE_S:
        yield f"overlap_s is {record.overlap_s:g}, its events give {together_s:g}"
    open_attempts = {attempt_name(event) for event in unended(record.events)}
    if strangers := {*record.lived_on, *record.alive_until_ns} - {attempt_name(event) for event in record.events}:
        yield f"it tells of attempts that no event tells of: {', '.join(sorted(strangers))}"
    if closed := {*record.lived_on} - open_attempts:
        yield f"it has attempts live on that ended: {', '.join(sorted(closed))}"
    if not 0 < record.sent_ns <= record.struck_ns:
        yield "expected 0 < sent_ns <= struck_ns"
    if record.told is not None and record.told_s is None:
        yield "it has a look at the told end, and no time of it"
    if crash.faults and crash.moment == "fault" and all(event.event != "fault" for event in record.events):
        yield "no fault struck"
    if crash.act != "nothing" and not record.did:
        yield "nothing was done"
    # Before it was recorded when, it was not looked at either: there the report does not count what came too late.
    if record.did_s is not None and too_late(crash, record.events, record.did_s):
        yield "its step was over before it could be struck"
    if any(event.trial != record.ran_as for event in record.events):
        yield f"it holds events of another trial than {record.ran_as}"
