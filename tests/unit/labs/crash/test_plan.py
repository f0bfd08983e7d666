"""The crash scenarios that apply to each system, and their order."""

import json
from typing import Any

import pytest
from systems import BASELINE, tool, tried_in_full

from harness.errors import Misuse
from harness.experiment.plan import Plan, parse_plan, plan_json
from harness.labs.crash.plan import CrashPreset, applying, not_tried, why_not
from harness.labs.crash.scenarios import crashes
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest


@pytest.fixture(scope="module")
def other() -> Manifest:
    return tried_in_full("other")


@pytest.fixture(scope="module")
def everyone(other: Manifest) -> list[Manifest]:
    return [BASELINE, other, tool("third")]


def plan_of(manifests: list[Manifest], *chosen: str, isolation: str = "container", laps: int = 1, **told: Any) -> Plan:
    return CrashPreset(chosen, **told).plan(manifests, isolation, laps, 1)


def test_a_lap_has_every_system_with_each_scenario_once(everyone: list[Manifest]) -> None:
    plan = plan_of(everyone, laps=2)
    systems = {(manifest.name, profile) for manifest in everyone for profile in manifest.profiles}
    for lap in (1, 2):
        rounds = [planned for planned in plan.rounds if planned.lap == lap]
        for alone in (False, True):
            own = [planned for planned in rounds if planned.alone == alone]
            assert {(planned.orchestrator, planned.profile) for planned in own} == systems
            assert len(own) == len(systems)
        assert [planned.alone for planned in rounds] == sorted(planned.alone for planned in rounds), "alone comes last"
    together = {trial.scenario for planned in plan.rounds if not planned.alone for trial in planned.trials}
    assert together == plan.crashes.keys() - {"starved"}
    assert len({planned.id for planned in plan.rounds}) == len(plan.rounds)
    for planned in plan.rounds:
        names = [trial.scenario for trial in planned.trials]
        assert len(names) == len(set(names))
        assert set(names) <= plan.crashes.keys()
    assert [p.id for p in plan.rounds] == [p.id for p in plan_of(everyone, laps=2).rounds]
    assert parse_plan(json.loads(plan_json(plan))) == plan


def test_impossible_scenarios_are_left_out_with_a_reason(other: Manifest) -> None:
    everything = crashes()
    assert "cut-off" not in applying(Contender(other, "tuned"), "process", everything)
    assert "cut-off" in applying(Contender(other, "tuned"), "container", everything)
    assert "metadata-down" not in applying(Contender(other, "defaults"), "container", everything)
    assert "metadata-down" in applying(Contender(other, "tuned"), "container", everything)
    assert "scheduler-killed" not in applying(Contender(BASELINE, "defaults"), "container", everything)
    cannot = not_tried(Contender(BASELINE, "defaults"), "container", everything)["cancelled"]
    assert cannot.docs is not None
    assert not_tried(Contender(other, "tuned"), "container", everything) == {}


def test_only_the_chosen_scenarios(everyone: list[Manifest]) -> None:
    plan = plan_of(everyone, "metadata-down")
    assert {planned.profile for planned in plan.rounds} == {"tuned"}
    assert [*plan.crashes] == ["metadata-down"]
    with pytest.raises(Misuse, match="none of these scenarios apply here: `cut-off` does not apply to plain"):
        plan_of(everyone, "cut-off", isolation="process")


def test_only_single_cells(everyone: list[Manifest], other: Manifest) -> None:
    one = (other.name, "tuned", "task-killed")
    plan = plan_of(everyone, among={one})
    (planned,) = plan.rounds
    assert (planned.orchestrator, planned.profile, [trial.scenario for trial in planned.trials]) == (*one[:2], [one[2]])
    with pytest.raises(Misuse, match="none of these scenarios apply here"):
        plan_of(everyone, "cut-off", among={one})


def test_cancelling_does_not_apply_without_a_method_of_the_driver() -> None:
    without = BASELINE.model_copy(update={"unsupported": {}})
    reason = why_not(Contender(without, "defaults"), "container", crashes()["cancelled"], {"runs"})
    assert reason is not None
    assert reason.reason == "its driver has no method `cancel(run)`"
