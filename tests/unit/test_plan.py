"""The plan: whole laps in a seeded order, and how many trials a round holds."""

from harness.orchestrator import discover
from harness.plan import PRESETS, expected_s, make_plan

MANIFESTS = discover()
STANDARD = PRESETS["standard"]


def test_a_lap_holds_each_system_once() -> None:
    plan = make_plan(MANIFESTS, STANDARD, laps=3, seed=1)
    for lap in (1, 2, 3):
        names = [planned.orchestrator for planned in plan if planned.lap == lap]
        assert sorted(names) == sorted(manifest.name for manifest in MANIFESTS for _ in manifest.profiles)


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
    period = {manifest.name: manifest.poll_period_s for manifest in MANIFESTS}
    for planned in make_plan(MANIFESTS, STANDARD, 3, seed=1):
        assert all(0 <= trial.phase_offset_s <= period[planned.orchestrator] for trial in planned.trials)


def test_standard_fits_into_the_hour_by_the_manifests_word() -> None:
    by_name = {manifest.name: manifest for manifest in MANIFESTS}
    plan = make_plan(MANIFESTS, STANDARD, STANDARD.laps, seed=1)
    assert sum(expected_s(by_name[planned.orchestrator], planned) for planned in plan) < 3600
