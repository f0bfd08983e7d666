"""Every kind of benchmark, and the way from a plan to its kind."""

from harness.experiment.plan import Plan
from harness.labs.crash.kind import CRASH
from harness.labs.kind import Kind
from harness.labs.latency.kind import LATENCY

KINDS = {kind.name: kind for kind in (LATENCY, CRASH)}


def kind_of(plan: Plan) -> Kind:
    """Return the kind of a plan. Everything that differs between kinds is asked of it."""
    return KINDS[plan.kind]
