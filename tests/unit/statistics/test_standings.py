"""Marks and ranks of a whole row."""

import numpy as np
import pytest
from draws import lognormal, rounds
from scipy import stats

from harness.statistics.samples import MIN_LAPS, RoundSamples, Sample
from harness.statistics.standings import holm, standings


def row(centres: list[float], sd: float, seed: int = 1, laps: int = 4, lap_sd: float = 0.3) -> list[Sample]:
    """Return systems of these centres on a machine whose speed changes a lot from lap to lap."""
    random = np.random.default_rng(seed)
    speeds = random.normal(0, lap_sd, laps)
    return [
        rounds(*((float(centre * np.exp(speed + random.normal(0, sd))),) for speed in speeds)) for centre in centres
    ]


def test_holm_rejects_step_by_step() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [3, 0]
    assert holm([0.04, 0.04], 0.05) == []
    assert holm([0.04], 0.05) == [0]
    assert holm([], 0.05) == []


def test_ranks_count_the_systems_that_are_significantly_lower() -> None:
    found = standings(row([10, 20, 20, 40], sd=0.01))
    assert [each.rank for each in found] == [1, 2, 2, 4]
    assert [each.inseparable for each in found] == [(), (2,), (1,), ()]


def test_ties_need_not_be_transitive() -> None:
    found = standings(row([10, 10.25, 10.5, 30], sd=0.01, seed=3))
    assert found[3].rank == 4
    assert all(index in found[other].inseparable for index, each in enumerate(found) for other in each.inseparable)


def test_a_machine_that_changes_its_speed_hides_nothing() -> None:
    assert [each.rank for each in standings(row([10, 12, 14], sd=0.01, lap_sd=1.0))] == [1, 2, 3]


def test_a_missing_lap_of_one_system_is_no_obstacle() -> None:
    samples = row([10, 20, 40], sd=0.01)
    samples[1] = Sample((*samples[1].rounds[:1], RoundSamples(2, ()), *samples[1].rounds[2:]))
    assert [each.rank for each in standings(samples)] == [1, 2, 3]


def test_systems_with_too_few_laps_have_no_rank() -> None:
    few, zero = rounds(*[(1.0,)] * (MIN_LAPS - 1)), rounds(*[(0.0,)] * 4)
    found = standings([few, *row([10, 20], sd=0.01), zero, rounds()])
    assert [each and each.rank for each in found] == [None, 1, 2, None, None]
    assert standings([]) == []
    assert [each.rank for each in standings([lognormal(0.1)])] == [1]


def test_samples_without_any_noise() -> None:
    one, same, two = (rounds(*[(seconds,)] * 4) for seconds in (1.0, 1.0, 2.0))
    assert [each.inseparable for each in standings([one, same, two])] == [(1,), (0,), ()]


@pytest.mark.parametrize("second", [10.4, 12.0])
def test_two_systems_are_compared_by_the_paired_t_test(second: float) -> None:
    pair = row([10, second], sd=0.03)
    p_value = stats.ttest_rel(*(list(each.laps.values()) for each in pair)).pvalue
    assert (not standings(pair)[0].inseparable) == (p_value <= 0.05)


def test_few_laps_separate_clearly_different_systems_among_scattered_ones() -> None:
    random = np.random.default_rng(1)
    scatter = {3.4: 0.05, 4.6: 0.05, 4.7: 0.05, 6.7: 0.05, 7.2: 0.05, 10.3: 0.2, 15.6: 0.25, 18.5: 0.1, 36.0: 0.03}
    apart = 0
    for _ in range(100):
        samples = [rounds(*((s * float(np.exp(random.normal(0, sd))),) for _ in range(3))) for s, sd in scatter.items()]
        first, *_, last = standings(samples)
        apart += 8 not in first.inseparable and 3 not in first.inseparable and last.rank >= 8
    assert apart > 80


@pytest.mark.parametrize("laps", [MIN_LAPS, 4])
@pytest.mark.parametrize(
    "scatter", [[0.05] * 9, [0.5] + [0.01] * 8, [0.25, 0.25] + [0.05] * 8, [0.01, 0.01, 0.5], [0.03] * 3 + [0.3]]
)
def test_a_row_of_equal_systems_rarely_has_a_mark(scatter: list[float], laps: int) -> None:
    random = np.random.default_rng(1)
    marked = 0
    for _ in range(300):
        speeds = random.normal(0, 0.1, laps)
        samples = [rounds(*((float(np.exp(s + random.normal(0, sd))),) for s in speeds)) for sd in scatter]
        marked += any(len(each.inseparable) < len(scatter) - 1 for each in standings(samples))
    assert marked / 300 <= 0.06


def test_laps_of_all_machines_make_the_ranks() -> None:
    samples = row([10, 20, 20, 40], sd=0.01)
    joined = [Sample(each.rounds[:1], elsewhere=each.rounds[1:]) for each in samples]
    assert standings(joined) == standings(samples)
