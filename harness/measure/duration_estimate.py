"""Estimates a benchmark's duration from earlier results of this checkout, or else from the manifests."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from harness.experiment.crash_plan import crash_round_s
from harness.experiment.plan import Plan, PlannedRound, expected_s
from harness.orchestrators.manifest import Manifest
from harness.results.folders import results_under
from harness.results.records import CrashRecord, RoundRecord, TrialRecord
from harness.results.result import Result


def expected_rounds_s(kind: str, manifests: Mapping[str, Manifest], plan: Plan) -> dict[str, float]:
    """Return the expected seconds of each planned round by its id, from this checkout's measurements.

    Only results with the same kind of isolation count.
    """
    try:
        return rounds_s(results_under(kind), manifests, plan)
    except Exception:
        # Bad earlier results must not prevent a measurement.
        return rounds_s([], manifests, plan)


def rounds_s(results: Sequence[Result], manifests: Mapping[str, Manifest], plan: Plan) -> dict[str, float]:
    """Return the expected seconds of each planned round by its id, from these results.

    The estimate combines parts of earlier rounds. For crash scenarios, any trial of the same system counts, and a
    timeout is expected as often as before.
    """
    if plan.crashes:
        return _crash_rounds_s(results, plan)
    parts: dict[tuple[str, str], _Parts] = defaultdict(_Parts)
    for result in results:
        trials_s: dict[str, list[float]] = defaultdict(list)
        for record in result.records:
            if isinstance(record, TrialRecord):
                seconds = (record.finished_ns - record.sent_ns) / 1e9
                trials_s[record.round].append(seconds)
                parts[record.orchestrator, record.profile].trials_s[record.scenario].append(seconds)
            elif isinstance(record, RoundRecord) and not record.failure and (own := trials_s[record.round]):
                between_s = record.duration_s - record.rest_s - sum(own)
                parts[record.orchestrator, record.profile].between_s.append(between_s)
    expected = {}
    for planned in plan.rounds:
        together_s = parts[planned.orchestrator, planned.profile].together_s(planned)
        if together_s is None:
            together_s = expected_s(planned.contender(manifests), planned)
        expected[planned.id] = together_s
    return expected


@dataclass
class _Parts:
    """The parts of a system's rounds: seconds of its trials by scenario, and the rest of a round."""

    trials_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    between_s: list[float] = field(default_factory=list)

    def together_s(self, planned: PlannedRound) -> float | None:
        """Return how long a round of other trials takes, or `None` if a part is unknown."""
        if not self.between_s or not all(self.trials_s.get(trial.scenario) for trial in planned.trials):
            return None
        trials_s = sum(median(self.trials_s[trial.scenario]) for trial in planned.trials)
        return median(self.between_s) + planned.rest_s + trials_s


def _crash_rounds_s(results: Sequence[Result], plan: Plan) -> dict[str, float]:
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
        work_s = len(planned.trials) * median(known) if known else crash_round_s(plan, planned)
        shares = (fmean(was_stuck.get((*whose, trial.scenario), [False])) for trial in planned.trials)
        expected[planned.id] = work_s + plan.patience_s * sum(shares)
    return expected


def expected_wall_s(expected_s: Mapping[str, float], rounds: Sequence[PlannedRound], jobs: int) -> float:
    """Return how many seconds the rounds take with so many in parallel. Rounds that run alone are added."""
    return sum(expected_s[each.id] / (1 if each.alone else jobs) for each in rounds)
