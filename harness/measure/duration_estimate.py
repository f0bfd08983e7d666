"""How long a benchmark will take: learned from earlier results of this checkout, else the manifests' own figures."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from harness.experiment.crash_plan import crash_round_s
from harness.experiment.plan import Plan, expected_s
from harness.measure.apart import call_apart
from harness.orchestrators.manifest import Manifest
from harness.results.folders import all_results
from harness.results.records import CrashRecord, RoundRecord, TrialRecord
from harness.results.result import Result

Whose = tuple[str, str]
"""An orchestrator and its profile."""


def expected_rounds_s(kind: str, manifests: Mapping[str, Manifest], plan: Plan) -> dict[Whose, float]:
    """Return the expected seconds of one round of each orchestrator and profile, by what this checkout has measured.

    Only results of the same kind of isolation teach anything. They are read in a process of their own.
    """
    return call_apart(_learn, kind, manifests, plan)


def _learn(kind: str, manifests: Mapping[str, Manifest], plan: Plan) -> dict[Whose, float]:
    alike = [result for result in all_results() if result.environment.isolation.kind == kind]
    return rounds_s(alike, manifests, plan)


def rounds_s(results: Sequence[Result], manifests: Mapping[str, Manifest], plan: Plan) -> dict[Whose, float]:
    """Return the expected seconds of one round of each orchestrator and profile in the plan, by these results."""
    durations: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for result in results:
        trials = Counter(record.round for record in result.records if isinstance(record, TrialRecord | CrashRecord))
        for record in result.records:
            if isinstance(record, RoundRecord) and not record.failure:
                durations[record.orchestrator, record.profile, trials[record.round]].append(record.duration_s)
    expected = {}
    for planned in plan.rounds:
        learned = durations.get((planned.orchestrator, planned.profile, len(planned.trials)))
        said = crash_round_s(plan, planned) if plan.crashes else expected_s(manifests[planned.orchestrator], planned)
        expected[planned.orchestrator, planned.profile] = median(learned) if learned else said
    return expected
