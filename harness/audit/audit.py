"""Runs every check in order."""

from collections.abc import Iterable

from harness.audit import environment as environments
from harness.audit import join, rounds, unit_test
from harness.audit import plan as plans
from harness.audit.faults import Objection, rounds_of
from harness.audit.record_lines import chain_faults, located_records
from harness.results import crash_laws, trial_laws
from harness.results.records import CodeRecord, CrashRecord, Record, RoundRecord, TrialRecord, UnitTestRecord
from harness.results.result import Result


def audit(result: Result) -> list[Objection]:
    """Return every fault of a result. It passes if there is none."""
    if result.parts:
        return list(join.parts_hold(result, audit))
    faults = list(chain_faults(result))
    records = located_records(result, faults)
    for located in records:
        faults += map(located.fault, _own_faults(located.record, result))
    for each in rounds_of(records):
        faults += rounds.one_at_a_time(each)
        faults += rounds.check_round_totals(each)
    environment, plan = result.environment, result.plan
    faults += environments.is_consistent(environment)
    faults += environments.in_time(environment, records)
    faults += plans.check_plan_hash(result)
    faults += plans.measured_once(environment, plan, records)
    faults += plans.rounds_follow(environment, plan, records)
    return faults


def _own_faults(record: Record, result: Result) -> Iterable[str]:
    """Return every fault that a record has by itself."""
    match record:
        case TrialRecord():
            return trial_laws.trial_faults(record, result.plan, result.environment)
        case CrashRecord():
            return crash_laws.trial_faults(record, result.plan)
        case RoundRecord():
            return environments.idle_within_limits(record, result.environment)
        case UnitTestRecord():
            return unit_test.trial_faults(record, result.environment, result.plan)
        case CodeRecord(texts=texts, sloc=sloc) if texts and texts.keys() != sloc.get("pipeline", {}).keys():
            return ["its texts are not those of the files that count as pipeline"]
        case _:
            return []
