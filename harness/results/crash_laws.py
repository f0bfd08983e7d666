"""Rules for the record of a crash trial: its finding follows from its observations, and these are possible."""

from collections.abc import Iterator

from harness.experiment.crash import Crash
from harness.experiment.crash_verdict import CrashEvidence, attempt_name, judge_crash, overlap_s, too_late, unended
from harness.experiment.golden import difference_stands
from harness.experiment.judgement import absent
from harness.experiment.plan import Plan
from harness.results.records import CrashRecord

_TOLERANCE_S = 1e-6


def trial_faults(record: CrashRecord, plan: Plan) -> Iterator[str]:
    """Yield every fault of a crash trial's record."""
    crash = plan.crashes.get(record.scenario)
    if crash is None:
        yield f"the plan has no crash scenario {record.scenario!r}"
        return
    if record.patience_s != plan.patience_s:
        yield f"patience_s is {record.patience_s:g}, but the plan has {plan.patience_s:g}"
    valid = record.outcome == "valid"
    if valid != (record.finding is not None) or valid == bool(record.reason):
        yield f"its outcome is {record.outcome}, with the finding {record.finding} and the reason {record.reason!r}"
    if (absence := absent(record.absent_s)) and record.outcome != "error":
        yield f"its outcome is {record.outcome}, although {absence}"
    if valid:
        yield from _finding_follows(record, crash)
        yield from _observations_are_possible(record, crash)
        if demanded := plan.demanded(crash.month):
            for look in filter(None, (record.told, record.later)):
                yield from difference_stands(look.output, demanded)


def _finding_follows(record: CrashRecord, crash: Crash) -> Iterator[str]:
    if record.later is None:
        yield "it has no observation `later`"
        return
    traces = CrashEvidence(record.told or record.later, record.later, record.events, record.lived_on, record.next_run)
    if (found := judge_crash(crash, traces)) != record.finding:
        yield f"its finding is {record.finding}, but its observations give {found}"
    together_s = overlap_s(record.events, record.alive_until_ns)
    if abs(together_s - record.overlap_s) > _TOLERANCE_S:
        yield f"overlap_s is {record.overlap_s:g}, but its events give {together_s:g}"


def _observations_are_possible(record: CrashRecord, crash: Crash) -> Iterator[str]:
    if strangers := {*record.lived_on, *record.alive_until_ns} - {attempt_name(event) for event in record.events}:
        yield f"it names attempts without any event: {', '.join(sorted(strangers))}"
    if closed := {*record.lived_on} - {attempt_name(event) for event in unended(record.events)}:
        yield f"it says these attempts survived, but they ended: {', '.join(sorted(closed))}"
    if not 0 < record.sent_ns <= record.struck_ns:
        yield "expected 0 < sent_ns <= struck_ns"
    if record.told is not None and record.told_s is None:
        yield "it has an observation at the reported end, but no time of it"
    if crash.faults and crash.moment == "fault" and all(event.event != "fault" for event in record.events):
        yield "no fault happened"
    if crash.act != "nothing" and not record.did:
        yield "no act was recorded"
    # Older records have no did_s and were not checked. The report does not count their late faults.
    if record.did_s is not None and too_late(crash, record.events, record.did_s):
        yield "its step ended before the fault could hit it"
    if any(event.trial != record.ran_as for event in record.events):
        yield f"it contains events of a trial other than {record.ran_as}"
