"""The plan: whole laps in a seeded order, and the number of trials in a round."""

import json
from collections import Counter

import pytest
from pydantic import ValidationError
from systems import BASELINE, tool

from harness.experiment.plan import parse_plan, plan_json, trial_id, try_id
from harness.labs.crash.plan import CrashPreset
from harness.labs.latency.plan import QUICK, SMOKE, STANDARD, LatencyPreset, expected_s, make_plan
from harness.measure.golden_file import scenarios
from harness.orchestrators.discovery import discover

MANIFESTS = [BASELINE, *map(tool, ("first", "second", "third"))]


def test_a_lap_holds_each_system_once() -> None:
    plan = make_plan(MANIFESTS, STANDARD, laps=3, seed=1)
    for lap in (1, 2, 3):
        stacks = [(planned.orchestrator, planned.profile) for planned in plan.rounds if planned.lap == lap]
        assert sorted(stacks) == sorted((manifest.name, name) for manifest in MANIFESTS for name in manifest.profiles)


def test_the_seed_decides_everything() -> None:
    assert make_plan(MANIFESTS, STANDARD, 3, seed=1) == make_plan(MANIFESTS, STANDARD, 3, seed=1)
    assert make_plan(MANIFESTS, STANDARD, 3, seed=1) != make_plan(MANIFESTS, STANDARD, 3, seed=2)
    orders = {tuple(r.orchestrator for r in make_plan(MANIFESTS, STANDARD, 1, seed).rounds) for seed in range(20)}
    assert len(orders) > 5


def test_the_baseline_comes_first_in_the_first_lap_and_takes_turns_later() -> None:
    first = {
        lap: {
            next(r.orchestrator for r in make_plan(MANIFESTS, STANDARD, 2, seed).rounds if r.lap == lap)
            for seed in range(20)
        }
        for lap in (1, 2)
    }
    assert first[1] == {BASELINE.name}
    assert len(first[2]) > 2


def test_leaving_out_a_system_changes_no_trial_of_the_others() -> None:
    everyone = {planned.id: planned.trials for planned in make_plan(MANIFESTS, STANDARD, 2, seed=1).rounds}
    fewer = {planned.id: planned.trials for planned in make_plan(MANIFESTS[:-1], STANDARD, 2, seed=1).rounds}
    assert all(everyone[name] == trials for name, trials in fewer.items())


def test_every_round_measures_every_scenario_and_only_its_first_trial_is_cold() -> None:
    for planned in make_plan(MANIFESTS, STANDARD, 2, seed=1).rounds:
        assert {trial.scenario for trial in planned.trials[1:]} == {"etl", "noop", "retry", "exhaustion"}
        assert [trial.cold for trial in planned.trials] == [True] + [False] * (len(planned.trials) - 1)


@pytest.mark.parametrize("preset", [QUICK, STANDARD], ids=lambda preset: preset.name)
def test_the_baselines_spread_is_known_after_one_lap(preset: LatencyPreset) -> None:
    for planned in make_plan(MANIFESTS, preset, 1, seed=1).rounds:
        warm = Counter(trial.scenario for trial in planned.trials if not trial.cold)
        least = 5 if planned.orchestrator == BASELINE.name else preset.warm_trials[0]
        most = 5 if planned.orchestrator == BASELINE.name else preset.warm_trials[1]
        assert least <= warm["etl"] <= most
        assert least <= warm["noop"] <= most


def test_unit_tests_belong_to_standard() -> None:
    assert make_plan(MANIFESTS, STANDARD, 1, seed=1).unit_tests
    assert not make_plan(MANIFESTS, QUICK, 1, seed=1).unit_tests


def test_an_older_plan_without_that_choice_has_unit_tests() -> None:
    content = json.loads(plan_json(make_plan(MANIFESTS, QUICK, 1, seed=1)))
    del content["unit_tests"]
    assert parse_plan(content).unit_tests


def test_the_workloads_take_turns_at_the_cold_start() -> None:
    first = {planned.lap: planned.trials[0].scenario for planned in make_plan(MANIFESTS, STANDARD, 3, seed=1).rounds}
    assert first == {1: "etl", 2: "noop", 3: "etl"}


def test_offsets_are_within_the_polling_period() -> None:
    profiles = {manifest.name: manifest.profiles for manifest in MANIFESTS}
    for planned in make_plan(MANIFESTS, STANDARD, 3, seed=1).rounds:
        period_s = profiles[planned.orchestrator][planned.profile].poll_period_s
        assert all(0 <= trial.phase_offset_s <= period_s for trial in planned.trials)


def test_a_plan_is_read_as_it_was_written_with_its_scenarios_in_full() -> None:
    plan = make_plan(MANIFESTS, STANDARD, 2, seed=1)
    assert parse_plan(json.loads(plan_json(plan))) == plan
    assert plan.scenarios == scenarios()


def test_a_malformed_plan_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"rounds\.0\.orchestrator"):
        parse_plan({"scenarios": {}, "rounds": [{"lap": 1}]})


def test_the_id_of_a_later_try_says_so() -> None:
    assert [try_id("lap1-a-tuned", number) for number in (1, 2)] == ["lap1-a-tuned", "lap1-a-tuned-try2"]
    assert trial_id("lap1-a-tuned", 3, "etl") == "lap1-a-tuned-03-etl"


def test_warm_runs_take_the_presets_seconds_or_the_fewest_runs() -> None:
    manifests = {manifest.name: manifest for manifest in discover()}
    for planned in make_plan([*manifests.values()], STANDARD, STANDARD.laps, seed=1).rounds:
        contender = planned.contender(manifests)
        settings, baseline = contender.settings, contender.manifest.baseline
        fewest = STANDARD.baseline_warm_trials if baseline else STANDARD.warm_trials[0]
        warm_s = 2 * max(STANDARD.warm_s, fewest * settings.trial_s)
        cold_and_failing_s = 3 * settings.trial_s
        waits_s = len(planned.trials) * (settings.poll_period_s + 2)
        most_s = 20 + warm_s + cold_and_failing_s + waits_s + STANDARD.rest_s
        assert expected_s(contender, planned) <= most_s, planned.id


def test_quick_leaves_out_safe() -> None:
    assert QUICK.profiles == SMOKE.profiles == ("defaults", "tuned")
    assert STANDARD.profiles == CrashPreset().profiles == ()
