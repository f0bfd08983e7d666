"""Every orchestrator passes every check of `orchbench check` under each of its profiles: what a new one must pass, too.

The checks are `harness.check.checklist`; docs/contract.md explains each demand.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from examined import Examined
from lacking import lacks

from harness.check.checklist import CHECKS
from harness.check.subject import Ground, Subject
from harness.check.verdict import Outcome
from harness.experiment.envelope import Envelope
from harness.isolation.host_lock import exclusive
from harness.isolation.protocol import Isolation
from harness.orchestrators.discovery import discover

pytestmark = pytest.mark.conformance


@pytest.fixture(
    scope="module",
    params=[(manifest, profile) for manifest in discover() for profile in manifest.profiles],
    ids=lambda each: f"{each[0].name}-{each[1]}",
)
def examined(request: pytest.FixtureRequest, isolation: Isolation) -> Iterator[Examined]:
    manifest, profile = request.param
    with exclusive(), ExitStack() as up:

        def begin() -> Subject:
            up.close()
            each = up.enter_context(Subject(manifest.folder, profile))
            each.hold(Ground(isolation, Envelope(), lambda its: isolation.prepare(its, print)), print)
            return each

        yield Examined(CHECKS, begin)


@pytest.mark.parametrize("name", [check.name for check in CHECKS])
def test_it_does_what_the_contract_says(examined: Examined, name: str) -> None:
    came_to = examined.verdict(name)
    if came_to.lacking:
        lacks("what it takes to look", came_to.why)
    if came_to.outcome == Outcome.NOT_ASKED:
        pytest.skip(came_to.why)
    told = "\n".join(f"{fault.what}\n  {fault.hint}\n{fault.log}" for fault in came_to.faults)
    assert came_to.outcome == Outcome.PASSED, f"{came_to.demand}: {came_to.why}{told}"


def test_the_phases_of_its_trials_sum_to_their_totals(examined: Examined) -> None:
    """Of the harness, and not of the orchestrator: what is published of a trial is the whole of it."""
    assert examined.subject.records
    for record in examined.subject.records:
        cut = record.phases
        assert cut is not None, record.scenario
        parts = cut.trigger_s + cut.queue_s + cut.work_s + cut.hops_s + cut.finish_s
        assert parts == pytest.approx(cut.total_s, abs=0.005)
        assert cut.total_s == pytest.approx((record.finished_ns - record.sent_ns) / 1e9, abs=0.005)
