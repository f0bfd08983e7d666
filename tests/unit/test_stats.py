"""Statistics of samples: what must hold for every sample set."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from harness import stats
from harness.stats import Interval, Rounds, Sample, Summary, drift, interval, outliers, ratio, spread, summarise

SECONDS = st.floats(min_value=1e-3, max_value=1e4)
ANY_ROUNDS = st.lists(st.lists(SECONDS, max_size=5).map(tuple), max_size=6).map(tuple)
ENOUGH = st.lists(st.lists(SECONDS, min_size=2, max_size=5).map(tuple), min_size=stats.MIN_ROUNDS, max_size=6).map(
    tuple
)
BALANCED = st.tuples(st.integers(stats.MIN_ROUNDS, 6), st.integers(2, 5)).flatmap(
    lambda size: st.tuples(*[st.tuples(*[SECONDS] * size[1])] * size[0])
)

# A busy machine is slow: time is no property here.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
resampling = settings(unhurried, max_examples=60)


def lognormal(
    name: str, sd: float, rounds: int = stats.MIN_ROUNDS, trials: int = 3, centre: float = 10.0, seed: int = 1
) -> Sample:
    random = np.random.default_rng(seed)
    values = centre * np.exp(random.normal(0, sd, (rounds, trials)))
    return Sample(name, tuple(tuple(row) for row in values.tolist()))


def known(found: Interval | None) -> Interval:
    assert found is not None
    return found


def test_summary() -> None:
    assert summarise([3.0, 1.0, 2.0, 10.0]) == Summary(2.5, 1.0, 10.0, 4)
    assert summarise([]) is None


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
    sample = Sample("s", rounds)
    if sample.n == 0:
        assert (sample.low, sample.mean, sample.median, sample.high) == (None, None, None, None)
        return
    assert sample.low <= sample.mean <= sample.high
    assert sample.low <= sample.median <= sample.high
    assert sample.n == len(sample.values) == sum(len(r) for r in rounds)


@resampling
@given(ENOUGH)
def test_an_interval_stays_within_the_samples(rounds: Rounds) -> None:
    sample = Sample("s", rounds)
    found = known(sample.interval)
    assert sample.low <= found.low <= found.high <= sample.high


@resampling
@given(BALANCED)
def test_an_interval_of_equal_rounds_includes_the_median(rounds: Rounds) -> None:
    sample = Sample("s", rounds)
    assert known(sample.interval).includes(sample.median)


@resampling
@given(ENOUGH, st.integers(-8, 8))
def test_scaling_the_samples_scales_the_interval(rounds: Rounds, exponent: int) -> None:
    factor = 2.0**exponent
    found = known(Sample("s", rounds).interval)
    scaled = known(Sample("s", tuple(tuple(factor * x for x in r) for r in rounds)).interval)
    assert scaled == Interval(factor * found.low, factor * found.high)


@resampling
@given(ENOUGH, st.randoms())
def test_order_does_not_matter(rounds: Rounds, random: object) -> None:
    shuffled = [list(r) for r in rounds]
    random.shuffle(shuffled)
    for r in shuffled:
        random.shuffle(r)
    a, b = Sample("s", rounds), Sample("s", tuple(tuple(r) for r in shuffled))
    assert a.median == b.median
    assert a.interval == b.interval


@unhurried
@given(ANY_ROUNDS)
def test_too_few_rounds_or_samples_have_no_interval(rounds: Rounds) -> None:
    held = [r for r in rounds if r]
    few = len(held) < stats.MIN_ROUNDS or sum(len(r) for r in held) < stats.MIN_SAMPLES
    assert (Sample("s", rounds, replicates=50).interval is None) == few


def test_the_fewest_samples_that_have_an_interval() -> None:
    single = ((1.0,),) * (stats.MIN_ROUNDS - 1)
    missing = stats.MIN_SAMPLES - len(single)
    assert Sample("s", (*single, (2.0,) * missing)).interval is not None
    assert Sample("s", (*single, (2.0,) * (missing - 1))).interval is None
    assert Sample("s", (*single[1:], (2.0,) * 20)).interval is None


def test_empty_rounds_are_left_out() -> None:
    rounds = lognormal("s", 0.1).rounds
    assert Sample("s", ((), *rounds, ())).interval == Sample("s", rounds).interval


def test_rounds_of_unequal_size_give_what_they_have() -> None:
    medians = stats.resampled_medians([*[[1.0]] * 4, [9.0] * 10], "s")
    assert medians is not None
    # The median is 1 only where none of the five draws is the large round: one of it outnumbers four small ones.
    assert set(medians) == {1.0, 9.0}
    assert np.mean(medians == 1.0) == pytest.approx(0.8**5, abs=0.05)


def test_resamples_keep_rounds_together() -> None:
    medians = stats.resampled_medians([[float(i)] * 3 for i in range(5)], "s")
    assert medians is not None
    # Three of five draws of rounds are of the first in 5.8 % of resamples; eight of fifteen independent ones in 0.4 %.
    assert np.mean(medians == 0) == pytest.approx(0.058, abs=0.02)


def test_the_same_name_resamples_alike_and_another_name_does_not() -> None:
    sample = lognormal("a", 0.1, rounds=5)
    same, other = Sample("a", sample.rounds), Sample("b", sample.rounds)
    assert np.array_equal(sample.medians, same.medians)
    assert not np.array_equal(sample.medians, other.medians)
    assert abs(np.corrcoef(sample.medians, other.medians)[0, 1]) < 0.1


def test_resamples_are_the_same_in_every_process() -> None:
    sample = Sample("etl total plain", ((3.0, 3.1), (2.9, 3.3), (3.2, 2.8), (3.05, 3.15)))
    assert sample.medians is not None
    assert sample.medians[:5].tolist() == pytest.approx([3.1, 3.2, 3.2, 3.1, 3.05])
    assert sample.interval == Interval(2.8, 3.3)


def test_few_rounds_widen_the_interval() -> None:
    medians = np.arange(1.0, 4001.0)
    widths = [(found := interval(medians, rounds)).high - found.low for rounds in (3, 5, 10, 1000)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == 3999  # the range of all replicates
    assert widths[-1] == pytest.approx(0.95 * 4000, rel=0.01)  # the plain percentile interval


def test_an_interval_includes_its_ends() -> None:
    assert [Interval(1.0, 2.0).includes(value) for value in (0.9, 1.0, 1.5, 2.0, 2.1)] == [
        False, True, True, True, False,
    ]  # fmt: skip


@resampling
@given(ENOUGH, ENOUGH)
def test_a_ratio_the_other_way_round_is_the_reciprocal(first: Rounds, second: Rounds) -> None:
    a, b = Sample("a", first), Sample("b", second)
    there, back = ratio(a, b), ratio(b, a)
    assert there is not None
    assert back is not None
    assert there.value * back.value == pytest.approx(1)
    assert known(there.interval).low * known(back.interval).high == pytest.approx(1)
    assert known(there.interval).high * known(back.interval).low == pytest.approx(1)
    assert there.separable == back.separable


def test_a_ratio_to_itself_is_one() -> None:
    sample = lognormal("a", 0.1)
    found = ratio(sample, sample)
    assert found is not None
    assert found.value == 1
    assert not found.separable


def test_ratios_tell_apart_what_differs_and_only_that() -> None:
    slow, fast = lognormal("slow", 0.02, centre=20, seed=1), lognormal("fast", 0.02, centre=10, seed=2)
    alike = lognormal("alike", 0.02, centre=10, seed=3)
    found = ratio(slow, fast)
    assert found is not None
    assert found.separable
    assert known(found.interval).includes(2)
    assert not ratio(fast, alike).separable


def test_a_ratio_of_few_samples_has_a_value_but_no_interval_and_no_rank() -> None:
    few = Sample("few", ((20.0,), (20.0,), (20.0,)))
    found = ratio(few, lognormal("b", 0.02))
    assert found is not None
    assert found.value == pytest.approx(2, rel=0.1)
    assert found.interval is None
    assert not found.separable


def test_no_ratio_to_nothing_or_to_zero() -> None:
    some, none = lognormal("a", 0.1), Sample("none", ((), ()))
    zero = Sample("zero", ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)))
    assert ratio(some, none) is None
    assert ratio(none, some) is None
    assert ratio(some, zero) is None
    partly_zero = Sample("partly", ((0.0, 0.0), (1.0, 1.0), (1.0, 1.0)))
    found = ratio(some, partly_zero)
    assert found is not None
    assert found.interval is None


def test_two_sample_sets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="independent"):
        ratio(lognormal("a", 0.1, seed=1), lognormal("a", 0.1, seed=2))


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
