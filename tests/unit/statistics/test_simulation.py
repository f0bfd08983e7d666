"""The power of the statistics by simulation, seeded so that each run gives the same values."""

import numpy as np
import pytest

from harness.statistics.samples import MIN_LAPS, RoundSamples, Sample
from harness.statistics.simulation import (
    DIFFERENCES,
    LAPS,
    Design,
    Noise,
    draw,
    draw_laps,
    draw_s,
    estimate_noise,
    lap_effects,
    lap_sd,
    without_laps,
)

QUIET = Noise(base_s=10, round_sd=0.0, trial_sd=0.02, poll_period_s=0)


def test_samples_scatter_like_the_noise() -> None:
    noise = Noise(base_s=10, round_sd=0.05, trial_sd=0.02, poll_period_s=2)
    samples = draw_s(noise, np.zeros(2000), 4, np.random.default_rng(1))
    assert samples.shape == (2000, 4)
    assert samples.mean() == pytest.approx(11, rel=0.01)
    assert samples.mean(axis=1).std() == pytest.approx((0.5**2 + (0.2**2 + 4 / 12) / 4) ** 0.5, rel=0.1)


def test_a_lap_affects_every_system_equally() -> None:
    random = np.random.default_rng(1)
    laps = draw_laps(0.2, 6, random)
    drawn = [draw(Noise(base_s, 0, 0.001, 0), laps, 3, random) for base_s in (1, 5, 40)]
    found = lap_effects(drawn)
    assert [found[lap] - found[1] for lap in range(1, 7)] == pytest.approx(list(laps - laps[0]), abs=0.005)
    assert lap_sd(found) == pytest.approx(laps.std(ddof=1), abs=0.005)
    assert estimate_noise(without_laps(drawn[2], found), 0).round_sd < 0.005 < estimate_noise(drawn[2], 0).round_sd


def test_a_slower_system_has_a_higher_centre_and_the_same_poller() -> None:
    noise = Noise(base_s=5, round_sd=0.1, trial_sd=0.1, poll_period_s=10)
    assert noise.slower(0.5) == Noise(base_s=10, round_sd=0.1, trial_sd=0.1, poll_period_s=10)


@pytest.mark.parametrize("trials", [2, 3])
def test_equal_systems_are_rarely_separated_if_trials_make_the_noise(trials: int) -> None:
    assert Design(QUIET, 0.1, trials, 300, seed=1).false_positive_rate(MIN_LAPS) < 0.08


def test_equal_systems_are_rarely_separated_if_rounds_make_the_noise() -> None:
    noise = Noise(base_s=10, round_sd=0.05, trial_sd=0.0, poll_period_s=0)
    assert Design(noise, 0.1, 3, 300, seed=1).false_positive_rate(MIN_LAPS) < 0.08


def test_twice_the_time_is_always_found() -> None:
    found = Design(QUIET, 0.1, 3, 50, seed=1).smallest_difference(MIN_LAPS, power=1.0)
    assert found is not None
    assert found < 1


def test_too_few_rounds_find_nothing() -> None:
    design = Design(QUIET, 0.1, 3, 5, seed=1)
    assert design.smallest_difference(2) is None
    assert design.false_positive_rate(2) == 0


def test_more_noise_never_gives_finer_resolution() -> None:
    def least(sd: float, poll_period_s: float) -> float:
        noise = Noise(base_s=10, round_sd=sd, trial_sd=sd, poll_period_s=poll_period_s)
        found = Design(noise, 0.1, 3, 60, seed=1).smallest_difference(MIN_LAPS)
        return float("inf") if found is None else found

    by_sd = [least(sd, 0) for sd in (0.005, 0.02, 0.08, 0.32)]
    by_poll = [least(0.02, period) for period in (0, 2, 10)]
    assert by_sd == sorted(by_sd)
    assert by_sd[0] < by_sd[-1]
    assert by_poll == sorted(by_poll)
    assert by_poll[0] < by_poll[-1]


def test_a_difference_is_one_of_the_grid_and_the_same_each_time() -> None:
    found = [Design(QUIET, 0.1, 3, 40, seed=3).smallest_difference(MIN_LAPS) for _ in range(2)]
    assert found[0] == found[1]
    assert found[0] in DIFFERENCES


def test_smaller_differences_need_more_laps() -> None:
    noise = Noise(base_s=10, round_sd=0.05, trial_sd=0.05, poll_period_s=0)
    needed = [Design(noise, 0.1, 3, 100, seed=1).laps_needed(difference) for difference in (0.1, 0.25, 1.0)]
    assert all(laps in LAPS for laps in needed)
    assert needed == sorted(needed, reverse=True)
    assert needed[0] > needed[2]
    assert Design(noise, 0.1, 3, 50, seed=1).laps_needed(0.0001) is None


@pytest.mark.parametrize(
    "noise",
    [
        Noise(base_s=10, round_sd=0.10, trial_sd=0.03, poll_period_s=0),
        Noise(base_s=10, round_sd=0.03, trial_sd=0.10, poll_period_s=0),
        Noise(base_s=30, round_sd=0.08, trial_sd=0.10, poll_period_s=5),
    ],
)
def test_the_noise_is_recovered_from_many_samples(noise: Noise) -> None:
    fitted = estimate_noise(draw(noise, np.zeros(500), 4, np.random.default_rng(1)), noise.poll_period_s)
    assert fitted.base_s == pytest.approx(noise.base_s, rel=0.05)
    assert fitted.round_sd == pytest.approx(noise.round_sd, rel=0.2)
    assert fitted.trial_sd == pytest.approx(noise.trial_sd, rel=0.2)


def test_rounds_may_differ_in_size() -> None:
    noise = Noise(base_s=10, round_sd=0.1, trial_sd=0.05, poll_period_s=0)
    drawn = draw(noise, np.zeros(1000), 4, np.random.default_rng(2)).rounds
    uneven = [RoundSamples(each.lap, each.values[: 1 + each.lap % 4]) for each in drawn]
    fitted = estimate_noise(Sample((*uneven, RoundSamples(1001, ()))), 0)
    assert fitted.round_sd == pytest.approx(0.1, rel=0.2)
    assert fitted.trial_sd == pytest.approx(0.05, rel=0.2)


def test_a_poller_that_explains_everything_leaves_no_noise_of_trials() -> None:
    waits = draw(Noise(base_s=10, round_sd=0, trial_sd=0, poll_period_s=5), np.zeros(3), 3, np.random.default_rng(1))
    assert estimate_noise(waits, 8).trial_sd == 0


@pytest.mark.parametrize(
    ("rounds", "period", "message"),
    [
        ([[1.0, 2.0]], 0, "two rounds"),
        ([[1.0], [2.0], [3.0]], 0, "two samples"),
        ([[0.0, 1.0], [1.0]], 0, "positive"),
        ([[1.0, 1.2], [1.1]], 10, "poll"),
    ],
)
def test_noise_that_cannot_be_fitted_says_why(rounds: list[list[float]], period: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        estimate_noise(Sample(tuple(RoundSamples(lap, tuple(values)) for lap, values in enumerate(rounds))), period)
