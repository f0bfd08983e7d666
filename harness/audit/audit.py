"""Runs every check in order."""

from harness.audit import environment as environments
from harness.audit import join, rounds, unit_test
from harness.audit import plan as plans
from harness.audit.faults import Objection, rounds_of, trials_of
from harness.audit.record_lines import chain_faults, located_records
from harness.results import crash_laws, trial_laws
from harness.results.records import CodeRecord, CrashRecord, UnitTestRecord
from harness.results.result import Result


def audit(result: Result) -> list[Objection]:
    """Return every fault of a result. It passes if there is none."""
    if result.parts:
        return list(join.parts_hold(result, audit))
    faults = list(chain_faults(result))
    records = located_records(result, faults)
    for trial in trials_of(records):
        faults += map(trial.fault, trial_laws.trial_faults(trial.record, result.plan, result.environment))
    for located in records:
        match located.record:
            case CodeRecord(texts=texts, sloc=sloc) if texts and texts.keys() != sloc.get("pipeline", {}).keys():
                faults.append(located.fault("its texts are not those of the files that count as pipeline"))
            case CrashRecord():
                faults += map(located.fault, crash_laws.trial_faults(located.record, result.plan))
            case UnitTestRecord():
                faults += map(located.fault, unit_test.trial_faults(located.record, result.environment, result.plan))
            case _:
                pass
    for life in rounds_of(records):
        faults += rounds.one_at_a_time(life)
        for end in life.ends:
            faults += map(end.fault, rounds.check_round_totals(end.record, [trial.record for trial in life.trials]))
    environment, plan = result.environment, result.plan
    faults += environments.is_complete(environment, records)
    faults += environments.check_systems_known(environment, records)
    faults += environments.in_time(environment, records)
    faults += plans.check_plan_hash(result)
    faults += plans.measured_once(environment, plan, records)
    faults += plans.rounds_follow(environment, plan, records)
    return faults
