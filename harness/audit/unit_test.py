"""Rules for the record of a unit test."""

from collections.abc import Iterator

from harness.experiment.golden import difference_stands
from harness.experiment.plan import Plan
from harness.experiment.scenario import A_MONTH
from harness.results.environment import Environment
from harness.results.records import UnitTestRecord

_CONTAINERS = 2
"""The orchestrator's container, and its metadata database's if its first profile has one."""


def trial_faults(test: UnitTestRecord, environment: Environment, plan: Plan) -> Iterator[str]:
    """Yield every fault of a unit test's record."""
    if not test.failure:
        for name in ("test_s", "exit_status", "output"):
            if getattr(test, name) is None:
                yield f"it has no {name} and no failure that explains this"
        if test.exit_status:
            yield f"it exits with {test.exit_status} but has no failure"
    if test.output is not None:
        if demanded := plan.demanded(A_MONTH):
            yield from difference_stands(test.output, demanded)
        if test.output.difference and not test.failure:
            yield "its output differs, but it has no failure"
        if test.failure and not test.output.difference and test.exit_status == 0:
            yield f"it exits with 0 and its output is as expected, but it has the failure {test.failure!r}"
    if test.peak_rss_bytes is not None and test.peak_rss_bytes > environment.memory_bytes * _CONTAINERS:
        yield f"peak_rss_bytes is {test.peak_rss_bytes}, which is more than the limit"
