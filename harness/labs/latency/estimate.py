"""Estimates the duration of latency rounds from earlier trials of the same system, or else from its manifest."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from harness.experiment.plan import Plan, PlannedRound
from harness.labs.latency.plan import expected_s
from harness.orchestrators.manifest import Manifest
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import Result


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


def rounds_s(results: Sequence[Result], manifests: Mapping[str, Manifest], plan: Plan) -> dict[str, float]:
    """Return the expected seconds of each planned round by its id. The parts of earlier rounds are combined."""
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
