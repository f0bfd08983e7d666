"""The audit: whether a benchmark's files still say what was measured, and whether it can have been measured so.

Reads a folder's files and nothing else. The chain finds accidents and careless edits; the laws of trials, rounds and
the plan find what was chained anew. It goes on after a fault and raises for no content: what cannot be read is a fault.
"""

from pathlib import Path

from harness.audit import environment as environments
from harness.audit import plan as plans
from harness.audit import rounds
from harness.audit.files import chain_faults, read_file, read_lines_of, read_record
from harness.audit.found import Fault, lives_of, of_kind
from harness.audit.trial import broken_laws
from harness.environment import ENVIRONMENT, genesis, read_environment
from harness.plan import PLAN, read_plan
from harness.records import TrialRecord

__all__ = ["Fault", "audit"]


def audit(folder: Path) -> list[Fault]:
    """Return everything that is wrong with a benchmark's folder; it passes when that is nothing."""
    faults: list[Fault] = []
    environment = read_file(folder, ENVIRONMENT, read_environment, faults)
    plan = read_file(folder, PLAN, read_plan, faults)
    lines = read_lines_of(folder, faults)
    records = [located for n, line in enumerate(lines, start=1) if (located := read_record(n, line, faults))]

    faults += chain_faults(genesis(folder) if environment else None, lines)
    for trial in of_kind(records, TrialRecord):
        faults += map(trial.fault, broken_laws(trial.record))
    for life in lives_of(records):
        faults += rounds.one_at_a_time(life)
        for end in life.ends:
            faults += map(end.fault, rounds.fits_its_trials(end.record, [trial.record for trial in life.trials]))
    faults += rounds.statistics(records)
    if environment is not None:
        faults += environments.is_complete(environment)
        faults += environments.made_under(environment, records)
        faults += environments.in_time(environment, records)
    if environment is not None and plan is not None:
        faults += plans.is_the_environments(environment, plan, folder)
        faults += plans.measured_once(environment, plan, records)
        faults += plans.rounds_follow(environment, plan, records)
    return faults
