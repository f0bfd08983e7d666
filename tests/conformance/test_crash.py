"""Every built-in goes through three crash scenarios: the lab comes to a verdict on each, whatever that is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from examined import run_hung_anew
from orchestrators.benchmarking import AT_ONCE, run_rounds

from harness.audit.crash import broken_laws
from harness.experiment.crash_plan import make_crash_plan
from harness.experiment.envelope import Envelope
from harness.experiment.plan import Plan, PlannedRound
from harness.isolation.host_lock import exclusive
from harness.isolation.protocol import Isolation
from harness.measure.crash_round import CrashRound
from harness.measure.follow import Patience
from harness.measure.side_by_side import Recorded
from harness.orchestrators.discovery import discover
from harness.results.records import CrashRecord, RoundRecord

pytestmark = pytest.mark.conformance

SCENARIOS = ("task-killed", "redeployed", "cancelled")
PATIENCE = Patience(limit_s=30.0, failure_s=5.0)
MANIFESTS = {manifest.name: manifest for manifest in discover()}
SYSTEMS = [(manifest, profile) for manifest in MANIFESTS.values() for profile in manifest.profiles]


@pytest.fixture(scope="module")
def plan(request: pytest.FixtureRequest, isolation: Isolation) -> Plan:
    """The plan of those systems that were chosen, by `-k` or by an id; of a few where none was."""
    own = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    chosen: list[dict[str, Any]] = [
        item.callspec.params for item in own if item.originalname == test_the_lab_comes_to_a_verdict.__name__
    ]
    systems = {(each["manifest"].name, each["profile"]) for each in chosen}
    plan = make_crash_plan([*MANIFESTS.values()], SCENARIOS, isolation.describe().kind, 1, 1, PATIENCE.limit_s)
    own_rounds = tuple(each for each in plan.rounds if (each.orchestrator, each.profile) in systems)
    return replace(plan, rounds=own_rounds or plan.rounds[:AT_ONCE])


@pytest.fixture(scope="module")
def records(isolation: Isolation, build, plan: Plan) -> list[Recorded]:
    for name in dict.fromkeys(planned.orchestrator for planned in plan.rounds):
        build(MANIFESTS[name])

    def run(rounds: Sequence[PlannedRound]) -> list[Recorded]:
        return run_rounds([crash_round(isolation, plan, planned, AT_ONCE - 1, print) for planned in rounds])

    return run_hung_anew(plan.rounds, run)


def crash_round(
    isolation: Isolation, plan: Plan, planned: PlannedRound, beside: int, keep: Callable[[CrashRecord], None]
) -> CrashRound:
    return CrashRound(
        isolation,
        MANIFESTS[planned.orchestrator],
        Envelope(),
        plan.crashes,
        planned,
        planned.id,
        doing=print,
        keep=keep,
        patience=PATIENCE,
        beside=beside,
    )


@pytest.mark.parametrize(("manifest", "profile"), SYSTEMS, ids=lambda each: getattr(each, "name", each))
def test_the_lab_comes_to_a_verdict(plan: Plan, records: list[Recorded], manifest, profile: str) -> None:
    own = [record for record in records if (record.orchestrator, record.profile) == (manifest.name, profile)]
    assert [record.failure for record in own if isinstance(record, RoundRecord)] == [""]
    crashes = {record.scenario: record for record in own if isinstance(record, CrashRecord)}
    (planned,) = (each for each in plan.rounds if (each.orchestrator, each.profile) == (manifest.name, profile))
    assert [*crashes] == [trial.scenario for trial in planned.trials]
    for record in crashes.values():
        print(record.scenario, record.finding, *record.did)
        assert (record.outcome, record.reason) == ("valid", "")
        assert [*broken_laws(record, plan)] == []


def test_a_verdict_is_the_same_without_neighbours(isolation: Isolation, plan: Plan, records: list[Recorded]) -> None:
    took_s = {record.round: record.duration_s for record in records if isinstance(record, RoundRecord)}
    most = max(len(planned.trials) for planned in plan.rounds)
    quickest = min((each for each in plan.rounds if len(each.trials) == most), key=lambda each: took_s[each.id])
    alone: list[CrashRecord] = []
    with exclusive():
        assert crash_round(isolation, plan, quickest, 0, alone.append).run().failure == ""
    beside = [each for each in records if isinstance(each, CrashRecord) and each.round == quickest.id]
    assert {each.scenario: each.finding for each in alone} == {each.scenario: each.finding for each in beside}
