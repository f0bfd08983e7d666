"""Estimates a benchmark's duration from earlier results of this checkout, or else from the manifests."""

from collections.abc import Mapping, Sequence

from harness.experiment.plan import Plan, PlannedRound
from harness.labs.kinds import kind_of
from harness.orchestrators.manifest import Manifest
from harness.results.folders import results_under


def expected_rounds_s(isolation: str, manifests: Mapping[str, Manifest], plan: Plan) -> dict[str, float]:
    """Return the expected seconds of each planned round by its id, from this checkout's measurements.

    Only results with the same kind of isolation count.
    """
    estimate = kind_of(plan).estimate
    try:
        return estimate(results_under(isolation), manifests, plan)
    except Exception:
        # Bad earlier results must not prevent a measurement.
        return estimate([], manifests, plan)


def expected_wall_s(expected_s: Mapping[str, float], rounds: Sequence[PlannedRound], jobs: int) -> float:
    """Return how many seconds the rounds take with so many in parallel. Rounds that run alone are added."""
    return sum(expected_s[each.id] / (1 if each.alone else jobs) for each in rounds)
