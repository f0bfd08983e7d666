"""The crash scenarios that apply to each system, and their order."""

import pytest
from systems import BASELINE, tool, tried_in_full

from harness.experiment.crash import crashes
from harness.experiment.crash_plan import applying, make_crash_plan, why_not
from harness.experiment.plan import parse_plan, plan_json
from harness.orchestrators.manifest import Manifest


@pytest.fixture(scope="module")
def other() -> Manifest:
    return tried_in_full("other")


@pytest.fixture(scope="module")
def everyone(other: Manifest) -> list[Manifest]:
    return [BASELINE, other, tool("third")]


def test_a_lap_has_every_system_with_each_scenario_once(everyone: list[Manifest]) -> None:
    plan = make_crash_plan(everyone, (), "container", 2, 1, 120)
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
    assert [p.id for p in plan.rounds] == [p.id for p in make_crash_plan(everyone, (), "container", 2, 1, 120).rounds]
    assert parse_plan(plan_json(plan)) == plan


def test_impossible_scenarios_are_left_out_with_a_reason(other: Manifest) -> None:
    everything = crashes()
    assert "cut-off" not in applying(other, "tuned", "process", everything)
    assert "cut-off" in applying(other, "tuned", "container", everything)
    assert "metadata-down" not in applying(other, "defaults", "container", everything)
    assert "metadata-down" in applying(other, "tuned", "container", everything)
    assert "scheduler-killed" not in applying(BASELINE, "defaults", "container", everything)
    cannot = why_not(BASELINE, "defaults", "container", everything["cancelled"])
    assert cannot is not None
    assert cannot.docs is not None
    assert all(why_not(other, "tuned", "container", crash) is None for crash in everything.values())


def test_only_the_chosen_scenarios(everyone: list[Manifest]) -> None:
    plan = make_crash_plan(everyone, ("metadata-down",), "container", 1, 1, 120)
    assert {planned.profile for planned in plan.rounds} == {"tuned"}
    assert [*plan.crashes] == ["metadata-down"]
    assert make_crash_plan(everyone, ("cut-off",), "process", 1, 1, 120).rounds == ()


def test_only_single_cells(everyone: list[Manifest], other: Manifest) -> None:
    one = (other.name, "tuned", "task-killed")
    plan = make_crash_plan(everyone, (), "container", 1, 1, 900, {one})
    (planned,) = plan.rounds
    assert (planned.orchestrator, planned.profile, [trial.scenario for trial in planned.trials]) == (*one[:2], [one[2]])
    assert make_crash_plan(everyone, ("cut-off",), "container", 1, 1, 900, {one}).rounds == ()


def test_cancelling_does_not_apply_without_a_method_of_the_driver() -> None:
    without = BASELINE.model_copy(update={"unsupported": {}})
    reason = why_not(without, "defaults", "container", crashes()["cancelled"])
    assert reason is not None
    assert reason.reason == "its driver has no method `cancel(run)`"
