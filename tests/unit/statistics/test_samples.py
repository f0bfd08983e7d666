"""One sample set: properties that hold for every one."""

import itertools
import math

import numpy as np
import pytest
from draws import ANY, ENOUGH, SECONDS, known, lognormal, rounds, unhurried
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.statistics.samples import MIN_LAPS, Interval, RoundSamples, Sample, drift, outliers, spread


def test_spread() -> None:
    assert spread([1.0, 1.2, 1.1]) == pytest.approx(0.2)
    assert spread([1.0]) == 0


def test_drift_compares_medians_of_rounds() -> None:
    assert drift(rounds((1.0, 1.0, 9.0), (1.2,), ())) == pytest.approx(0.2)
    assert drift(rounds((1.0, 5.0))) == 0
    assert drift(rounds((), ())) == 0


@unhurried
@given(ANY)
def test_numbers_are_between_the_minimum_and_the_maximum(sample: Sample) -> None:
    if sample.n == 0:
        assert (sample.low, sample.typical, sample.high) == (None, None, None)
        return
    assert sample.low * (1 - 1e-9) <= sample.typical <= sample.high * (1 + 1e-9)
    assert sample.n == len(sample.values) == sum(len(each.values) for each in sample.rounds)


@unhurried
@given(ENOUGH)
def test_an_interval_includes_its_number(sample: Sample) -> None:
    interval = known(sample.interval)
    assert interval.low * (1 - 1e-9) <= sample.typical <= interval.high * (1 + 1e-9)


@unhurried
@given(ENOUGH, st.integers(-8, 8))
def test_scaling_the_samples_scales_the_interval(sample: Sample, exponent: int) -> None:
    factor = 2.0**exponent
    scaled = Sample(tuple(RoundSamples(r.lap, tuple(factor * value for value in r.values)) for r in sample.rounds))
    found = known(sample.interval)
    assert known(scaled.interval) == Interval(pytest.approx(factor * found.low), pytest.approx(factor * found.high))


def test_a_number_is_the_median_of_a_lap_averaged_over_the_laps() -> None:
    assert rounds((1.0, 1.0, 50.0), (4.0,)).typical == pytest.approx(2)
    assert rounds((1.0, 1.0, 50.0), (-4.0,)).typical == pytest.approx(-1.5)


def test_the_interval_is_students() -> None:
    found = known(rounds((1.0,), (math.e,), (math.e**2,)).interval)
    # The mean of 0, 1, 2 is 1, its standard error 1 / sqrt(3), and t(2, 0.975) is 4.3027.
    assert (math.log(found.low), math.log(found.high)) == pytest.approx((1 - 2.4842, 1 + 2.4842), abs=1e-3)


def test_samples_that_are_not_positive_have_an_interval_without_logarithms() -> None:
    found = known(rounds((-1.0,), (0.0,), (1.0,)).interval)
    assert (found.low, found.high) == pytest.approx((-2.4842, 2.4842), abs=1e-3)


@unhurried
@given(ANY)
def test_too_few_laps_have_no_interval(sample: Sample) -> None:
    assert (sample.interval is None) == (len([r for r in sample.rounds if r.values]) < MIN_LAPS)


def test_a_second_life_counts_as_a_round_and_not_as_a_lap() -> None:
    one, other = RoundSamples(1, (1.0, 1.0, 1.0)), RoundSamples(1, (4.0,))
    sample = Sample((one, other, RoundSamples(2, (2.0,)), RoundSamples(3, (2.0,))))
    assert dict(sample.laps) == pytest.approx({1: math.log(2), 2: math.log(2), 3: math.log(2)})
    assert Sample((one, other)).interval is None


@pytest.mark.parametrize(("round_sd", "trial_sd"), [(0.15, 0.0), (0.1, 0.1), (0.02, 0.15)])
@pytest.mark.parametrize("laps", [MIN_LAPS, 6])
def test_intervals_contain_the_truth_as_often_as_they_say(round_sd: float, trial_sd: float, laps: int) -> None:
    random = np.random.default_rng(1)
    held = 0
    for _ in range(1000):
        logs = random.normal(0, round_sd, (laps, 1)) + random.normal(0, trial_sd, (laps, 3))
        held += known(rounds(*map(tuple, np.exp(logs).tolist())).interval).includes(1.0)
    assert held / 1000 == pytest.approx(0.95, abs=0.025)


def test_more_laps_narrow_the_interval() -> None:
    widths = [
        np.mean(
            [(found := known(lognormal(0.1, laps=laps, seed=seed).interval)).high / found.low for seed in range(20)]
        )
        for laps in (3, 4, 6, 12, 40)
    ]
    assert widths == sorted(widths, reverse=True)


def test_an_interval_includes_its_ends() -> None:
    assert [Interval(1.0, 2.0).includes(value) for value in (0.9, 1.0, 1.5, 2.0, 2.1)] == [
        False, True, True, True, False,
    ]  # fmt: skip


@unhurried
@given(
    st.lists(st.floats(9.9, 10.1), min_size=7, max_size=20),
    st.sampled_from([0.1, 5.0, 20.0, 1000.0]),
    st.integers(0, 20),
)
def test_a_planted_outlier_is_found(values: list[float], planted: float, at: int) -> None:
    at = min(at, len(values))
    before = [*values[:at], planted, *values[at:]]
    given_values = list(before)
    assert outliers(given_values) == [at]
    assert given_values == before


@unhurried
@given(st.lists(st.floats(10.0, 10.1), min_size=5, max_size=20))
def test_nearly_constant_samples_have_no_outliers(values: list[float]) -> None:
    assert outliers(values) == []


def test_few_samples_have_no_outliers() -> None:
    assert outliers([1.0, 1.0, 1.0, 100.0]) == []
    assert outliers([1.0, 1.0, 1.0, 1.0, 100.0]) == [4]
    assert outliers([]) == []


@unhurried
@given(st.lists(SECONDS, min_size=5, max_size=30))
def test_never_half_of_the_samples_are_outliers(values: list[float]) -> None:
    assume(len(set(values)) > 1)
    found = outliers(values)
    assert len(found) <= len(values) / 2
    assert all(a < b for a, b in itertools.pairwise(found))


def test_laps_of_other_machines_are_in_no_number_of_the_first() -> None:
    here, there = rounds((1.0,), (2.0,), (4.0,)), Sample((RoundSamples(4, (900.0,)), RoundSamples(5, (800.0,))))
    sample = Sample(here.rounds, elsewhere=there.rounds)
    own = (sample.values, sample.typical, sample.interval, sample.low, sample.high, drift(sample))
    assert own == (here.values, here.typical, here.interval, here.low, here.high, drift(here))
    assert list(sample.everywhere.laps) == [1, 2, 3, 4, 5]
    assert sample.shifted(1).everywhere.values == (2.0, 3.0, 5.0, 901.0, 801.0)
    assert here.everywhere is here
