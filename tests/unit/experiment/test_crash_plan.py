"""Which crash scenarios are tried on whom, and in which order."""

import json

import pytest
from systems import BASELINE, tool, tried_in_full

from harness.experiment.crash import crashes
from harness.experiment.crash_plan import applying, make_crash_plan, why_not
from harness.experiment.plan import parse_plan, plan_json
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return tried_in_full("other", tmp_path_factory.mktemp("pipelines") / "other")


@pytest.fixture(scope="module")
def everyone(other: Manifest) -> list[Manifest]:
    return [BASELINE, other, tool("third")]


def test_a_lap_holds_every_system_with_each_scenario_once(everyone: list[Manifest]) -> None:
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
    assert parse_plan(json.loads(plan_json(plan))) == plan


def test_what_one_isolation_or_profile_cannot_do_is_not_tried_and_says_why(other: Manifest) -> None:
    everything = crashes()
    assert "cut-off" not in applying(Contender(other, "tuned"), "process", everything)
    assert "cut-off" in applying(Contender(other, "tuned"), "container", everything)
    assert "metadata-down" not in applying(Contender(other, "defaults"), "container", everything)
    assert "metadata-down" in applying(Contender(other, "tuned"), "container", everything)
    assert "scheduler-killed" not in applying(Contender(BASELINE, "defaults"), "container", everything)
    cannot = why_not(Contender(BASELINE, "defaults"), "container", everything["cancelled"])
    assert cannot is not None
    assert cannot.docs is not None
    assert all(why_not(Contender(other, "tuned"), "container", crash) is None for crash in everything.values())


def test_only_what_is_asked_for(everyone: list[Manifest]) -> None:
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


def test_cancelling_is_not_tried_where_the_driver_has_no_way_to() -> None:
    without = BASELINE.model_copy(update={"unsupported": {}})
    reason = why_not(Contender(without, "defaults"), "container", crashes()["cancelled"])
    assert reason is not None
    assert reason.reason == "its driver has no method `cancel(run)`"
