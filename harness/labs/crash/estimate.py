"""Estimates the duration of crash rounds from earlier crash trials of the same system."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean, median

from harness.experiment.plan import Plan, PlannedRound
from harness.orchestrators.manifest import Manifest
from harness.results.records import CrashRecord, RoundRecord
from harness.results.result import Result

TRIAL_S = 60.0
"""The time of a crash trial without its faults, a mean of 172: the run, the next run and often a fresh stack."""


def rounds_s(results: Sequence[Result], _manifests: Mapping[str, Manifest], plan: Plan) -> dict[str, float]:
    """Return the expected seconds of each planned round by its id.

    Any crash trial of the same system counts, and a timeout is expected as often as before.
    """
    of_a_trial: dict[tuple[str, str], list[float]] = defaultdict(list)
    was_stuck: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for result in results:
        tried: Counter[str] = Counter()
        waited_s: dict[str, float] = defaultdict(float)
        for record in result.records:
            if isinstance(record, CrashRecord):
                was_stuck[record.orchestrator, record.profile, record.scenario].append(record.finding == "stuck")
                tried[record.round] += 1
                waited_s[record.round] += record.waited_in_vain_s
            elif isinstance(record, RoundRecord) and not record.failure and (count := tried[record.round]):
                trial_s = max(0.0, record.duration_s - waited_s[record.round]) / count
                of_a_trial[record.orchestrator, record.profile].append(trial_s)
    expected = {}
    for planned in plan.rounds:
        whose = (planned.orchestrator, planned.profile)
        known = of_a_trial.get(whose)
        work_s = len(planned.trials) * median(known) if known else _planned_s(plan, planned)
        shares = (fmean(was_stuck.get((*whose, trial.scenario), [False])) for trial in planned.trials)
        expected[planned.id] = work_s + plan.patience_s * sum(shares)
    return expected


def _planned_s(plan: Plan, planned: PlannedRound) -> float:
    """Return roughly how many seconds a round takes. Damaged stacks are replaced."""
    own = [plan.crashes[trial.scenario] for trial in planned.trials]
    faults_s = sum(fault.seconds for crash in own for fault in crash.faults)
    return faults_s + sum(crash.undone_s for crash in own) + len(own) * TRIAL_S
