"""Every built-in goes through three crash scenarios: the lab comes to a verdict on each, whatever that is."""

import pytest
from orchestrators.benchmarking import AT_ONCE, run_rounds

from harness.audit.crash import broken_laws
from harness.experiment.crash_plan import make_crash_plan
from harness.experiment.envelope import Envelope
from harness.isolation.protocol import Isolation
from harness.measure.crash_round import CrashRound
from harness.measure.follow import Patience
from harness.measure.side_by_side import Recorded
from harness.orchestrators.discovery import discover
from harness.results.records import CrashRecord, RoundRecord

pytestmark = pytest.mark.conformance

SCENARIOS = ("task-killed", "redeployed", "cancelled")
PATIENCE = Patience(limit_s=30.0, failure_s=5.0)
SYSTEMS = [(manifest, profile) for manifest in discover() for profile in manifest.profiles]


@pytest.fixture(scope="module")
def plan(isolation: Isolation):
    return make_crash_plan(discover(), SCENARIOS, isolation.describe().kind, 1, 1, PATIENCE.limit_s)


@pytest.fixture(scope="module")
def records(isolation: Isolation, build, plan) -> list[Recorded]:
    by_name = {manifest.name: manifest for manifest in discover()}
    for manifest in by_name.values():
        build(manifest)
    rounds = [
        CrashRound(
            isolation,
            by_name[planned.orchestrator],
            Envelope(),
            plan.crashes,
            planned,
            planned.id,
            doing=print,
            keep=print,
            patience=PATIENCE,
            beside=AT_ONCE - 1,
        )
        for planned in plan.rounds
    ]
    return run_rounds(rounds)


@pytest.mark.parametrize(("manifest", "profile"), SYSTEMS, ids=lambda each: getattr(each, "name", each))
def test_the_lab_comes_to_a_verdict(plan, records: list[Recorded], manifest, profile: str) -> None:
    own = [record for record in records if (record.orchestrator, record.profile) == (manifest.name, profile)]
    assert [record.failure for record in own if isinstance(record, RoundRecord)] == [""]
    crashes = {record.scenario: record for record in own if isinstance(record, CrashRecord)}
    (planned,) = (each for each in plan.rounds if (each.orchestrator, each.profile) == (manifest.name, profile))
    assert [*crashes] == [trial.scenario for trial in planned.trials]
    for record in crashes.values():
        print(record.scenario, record.finding, *record.did)
        assert (record.outcome, record.reason) == ("valid", "")
        assert [*broken_laws(record, plan)] == []
