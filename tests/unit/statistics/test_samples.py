"""Statistics of samples: what must hold for every sample set."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from harness.statistics import samples
from harness.statistics.samples import Interval, Rounds, Sample, drift, outliers, ratio, spread

SECONDS = st.floats(min_value=1e-3, max_value=1e4)
ANY_ROUNDS = st.lists(st.lists(SECONDS, max_size=5).map(tuple), max_size=6).map(tuple)
ENOUGH = st.lists(st.lists(SECONDS, min_size=2, max_size=5).map(tuple), min_size=samples.MIN_ROUNDS, max_size=6).map(
    tuple
)
# A busy machine is slow: time is no property here.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
resampling = settings(unhurried, max_examples=60)


def lognormal(
    sd: float, rounds: int = samples.MIN_ROUNDS, trials: int = 3, centre: float = 10.0, seed: int = 1
) -> Sample:
    random = np.random.default_rng(seed)
    values = centre * np.exp(random.normal(0, sd, (rounds, trials)))
    return Sample(tuple(tuple(row) for row in values.tolist()))


def known(found: Interval | None) -> Interval:
    assert found is not None
    return found


def test_spread() -> None:
    assert spread([1.0, 1.2, 1.1]) == pytest.approx(0.2)
    assert spread([1.0]) == 0


def test_drift_compares_medians_of_rounds() -> None:
    assert drift([[1.0, 1.0, 9.0], [1.2], []]) == pytest.approx(0.2)
    assert drift([[1.0, 5.0]]) == 0
    assert drift([[], []]) == 0


@unhurried
@given(ANY_ROUNDS)
def test_point_estimates_are_ordered(rounds: Rounds) -> None:
    sample = Sample(rounds)
    if sample.n == 0:
        assert (sample.low, sample.median, sample.high) == (None, None, None)
        return
    assert sample.low <= sample.median <= sample.high
    assert sample.low <= sample.median <= sample.high
    assert sample.n == len(sample.values) == sum(len(r) for r in rounds)


@resampling
@given(ENOUGH)
def test_an_interval_includes_the_median(rounds: Rounds) -> None:
    sample = Sample(rounds)
    assert known(sample.interval).includes(sample.median)


@resampling
@given(ENOUGH, st.integers(-8, 8))
def test_scaling_the_samples_scales_the_interval(rounds: Rounds, exponent: int) -> None:
    factor = 2.0**exponent
    found = known(Sample(rounds).interval)
    scaled = known(Sample(tuple(tuple(factor * x for x in r) for r in rounds)).interval)
    assert (scaled.low, scaled.high) == pytest.approx((factor * found.low, factor * found.high))


@resampling
@given(ENOUGH, st.randoms())
def test_order_does_not_matter(rounds: Rounds, random: object) -> None:
    shuffled = [list(r) for r in rounds]
    random.shuffle(shuffled)
    for r in shuffled:
        random.shuffle(r)
    a, b = Sample(rounds), Sample(tuple(tuple(r) for r in shuffled))
    assert a.median == b.median
    assert a.interval == b.interval


@unhurried
@given(ANY_ROUNDS)
def test_too_few_rounds_have_no_interval(rounds: Rounds) -> None:
    assert (Sample(rounds).interval is None) == (len([r for r in rounds if r]) < samples.MIN_ROUNDS)


def test_empty_rounds_are_left_out() -> None:
    rounds = lognormal(0.1).rounds
    assert Sample(((), *rounds, ())).interval == Sample(rounds).interval


def test_rounds_of_unequal_size_give_what_they_have() -> None:
    medians = samples.resampled_medians([*[[1.0]] * 4, [9.0] * 10])
    # The median is 1 only where none of the five draws is the large round: one of it outnumbers four small ones.
    assert set(medians) == {1.0, 9.0}
    assert np.mean(medians == 1.0) == pytest.approx(0.8**5, abs=0.05)


def test_resamples_keep_rounds_together() -> None:
    medians = samples.resampled_medians([[float(i)] * 3 for i in range(5)])
    # Three of five draws of rounds are of the first in 5.8 % of resamples; eight of fifteen independent ones in 0.4 %.
    assert np.mean(medians == 0) == pytest.approx(0.058, abs=0.02)


def test_resamples_are_the_same_in_every_process() -> None:
    medians = samples.resampled_medians(((3.0, 3.1), (2.9, 3.3), (3.2, 2.8), (3.05, 3.15)))
    assert medians[:5].tolist() == pytest.approx([3.05, 2.85, 3.1, 3.05, 3.1])


@pytest.mark.parametrize(("round_sd", "trial_sd"), [(0.15, 0.0), (0.1, 0.1), (0.02, 0.15)])
def test_intervals_cover_the_true_median_as_often_as_they_say(round_sd: float, trial_sd: float) -> None:
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        logs = random.normal(0, round_sd, (4, 1)) + random.normal(0, trial_sd, (4, 3))
        covered += known(Sample(tuple(map(tuple, np.exp(logs).tolist()))).interval).includes(1.0)
    assert covered / 300 > 0.92


def test_more_rounds_narrow_the_interval() -> None:
    widths = [
        np.mean(
            [(found := known(lognormal(0.1, rounds=rounds, seed=seed).interval)).high / found.low for seed in range(20)]
        )
        for rounds in (4, 6, 12, 40)
    ]
    assert widths == sorted(widths, reverse=True)


def test_an_interval_includes_its_ends() -> None:
    assert [Interval(1.0, 2.0).includes(value) for value in (0.9, 1.0, 1.5, 2.0, 2.1)] == [
        False, True, True, True, False,
    ]  # fmt: skip


@resampling
@given(ENOUGH, ENOUGH)
def test_a_ratio_the_other_way_round_is_the_reciprocal(first: Rounds, second: Rounds) -> None:
    a, b = Sample(first), Sample(second)
    there, back = ratio(a, b), ratio(b, a)
    assert there is not None
    assert back is not None
    assert there.value * back.value == pytest.approx(1)
    assert known(there.interval).low * known(back.interval).high == pytest.approx(1)
    assert known(there.interval).high * known(back.interval).low == pytest.approx(1)


def test_a_ratio_to_itself_is_one() -> None:
    sample = lognormal(0.1)
    found = ratio(sample, sample)
    assert found is not None
    assert found.value == 1
    assert not found.separable


def test_ratios_tell_apart_what_differs_and_only_that() -> None:
    slow, fast = lognormal(0.02, centre=20, seed=1), lognormal(0.02, centre=10, seed=2)
    alike = lognormal(0.02, centre=10, seed=3)
    found = ratio(slow, fast)
    assert found is not None
    assert found.separable
    assert known(found.interval).includes(2)
    assert not ratio(fast, alike).separable


def test_a_ratio_of_few_samples_has_a_value_but_no_interval_and_no_rank() -> None:
    few = Sample(((20.0,), (20.0,), (20.0,)))
    found = ratio(few, lognormal(0.02))
    assert found is not None
    assert found.value == pytest.approx(2, rel=0.1)
    assert found.interval is None
    assert not found.separable


def test_no_ratio_to_nothing_or_to_zero() -> None:
    some, none = lognormal(0.1), Sample(((), ()))
    zero = Sample(((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)))
    assert ratio(some, none) is None
    assert ratio(none, some) is None
    assert ratio(some, zero) is None
    partly_zero = Sample(((0.0, 0.0), *[(1.0, 1.0)] * samples.MIN_ROUNDS))
    found = ratio(some, partly_zero)
    assert found is not None
    assert found.interval is None


def test_samples_that_are_all_alike_have_a_ratio_without_width() -> None:
    one, three = (Sample(((seconds,) * 3,) * samples.MIN_ROUNDS) for seconds in (1.0, 3.0))
    assert known(ratio(three, one).interval).low == pytest.approx(3)
    assert known(ratio(three, one).interval).high == pytest.approx(3)
    assert ratio(three, one).separable
    assert ratio(one, one).interval == Interval(1, 1)


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
def test_samples_that_are_nearly_constant_have_no_outliers(values: list[float]) -> None:
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
