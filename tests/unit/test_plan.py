"""The plan: whole laps in a seeded order, and how many trials a round holds."""

from pathlib import Path

import pytest

from harness.orchestrator import discover
from harness.plan import PRESETS, PlanError, expected_s, make_plan, read_plan, write_plan

MANIFESTS = discover()
STANDARD = PRESETS["standard"]


def test_a_lap_holds_each_system_once() -> None:
    plan = make_plan(MANIFESTS, STANDARD, laps=3, seed=1)
    for lap in (1, 2, 3):
        stacks = [(planned.orchestrator, planned.profile) for planned in plan if planned.lap == lap]
        assert sorted(stacks) == sorted((manifest.name, name) for manifest in MANIFESTS for name in manifest.profiles)


def test_the_seed_decides_everything() -> None:
    assert make_plan(MANIFESTS, STANDARD, 3, seed=1) == make_plan(MANIFESTS, STANDARD, 3, seed=1)
    assert make_plan(MANIFESTS, STANDARD, 3, seed=1) != make_plan(MANIFESTS, STANDARD, 3, seed=2)
    orders = {tuple(r.orchestrator for r in make_plan(MANIFESTS, STANDARD, 1, seed)) for seed in range(20)}
    assert len(orders) > 5


def test_leaving_one_out_changes_no_trial_of_the_others() -> None:
    everyone = {planned.id: planned.trials for planned in make_plan(MANIFESTS, STANDARD, 2, seed=1)}
    fewer = {planned.id: planned.trials for planned in make_plan(MANIFESTS[:-1], STANDARD, 2, seed=1)}
    assert all(everyone[name] == trials for name, trials in fewer.items())


def test_every_round_measures_every_scenario_and_only_its_first_trial_is_cold() -> None:
    for planned in make_plan(MANIFESTS, STANDARD, 2, seed=1):
        assert {trial.scenario for trial in planned.trials[1:]} == {"etl", "noop", "retry", "exhaustion"}
        assert [trial.cold for trial in planned.trials] == [True] + [False] * (len(planned.trials) - 1)


def test_the_workloads_take_turns_at_the_cold_start() -> None:
    first = {planned.lap: planned.trials[0].scenario for planned in make_plan(MANIFESTS, STANDARD, 3, seed=1)}
    assert first == {1: "etl", 2: "noop", 3: "etl"}


def test_offsets_lie_within_the_polling_period() -> None:
    profiles = {manifest.name: manifest.profiles for manifest in MANIFESTS}
    for planned in make_plan(MANIFESTS, STANDARD, 3, seed=1):
        period_s = profiles[planned.orchestrator][planned.profile].poll_period_s
        assert all(0 <= trial.phase_offset_s <= period_s for trial in planned.trials)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = make_plan(MANIFESTS, STANDARD, 2, seed=1)
    write_plan(tmp_path, plan)
    assert read_plan(tmp_path) == plan


def test_a_plan_that_is_missing_or_malformed_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"plan\.json is missing"):
        read_plan(tmp_path)
    (tmp_path / "plan.json").write_text('[{"lap": 1}]')
    with pytest.raises(PlanError, match=r"plan\.json: 0\.orchestrator"):
        read_plan(tmp_path)


def test_standard_fits_into_a_hundred_minutes_by_the_manifests_word() -> None:
    by_name = {manifest.name: manifest for manifest in MANIFESTS}
    plan = make_plan(MANIFESTS, STANDARD, STANDARD.laps, seed=1)
    assert sum(expected_s(by_name[planned.orchestrator], planned) for planned in plan) < 6000
