"""Ratios, paired by lap and not."""

from collections.abc import Callable

import pytest
from draws import ENOUGH, known, lognormal, rounds, unhurried
from hypothesis import given
from scipy import stats

from harness.statistics.ratios import Ratio, paired, unpaired
from harness.statistics.samples import MIN_LAPS, RoundSamples, Sample

BOTH = pytest.mark.parametrize("ratio", [paired, unpaired])
Function = Callable[[Sample, Sample], Ratio | None]


@BOTH
@unhurried
@given(first=ENOUGH, second=ENOUGH)
def test_the_inverse_ratio_is_the_reciprocal(ratio: Function, first: Sample, second: Sample) -> None:
    there, back = ratio(first, second), ratio(second, first)
    assert there is not None
    assert back is not None
    assert there.value * back.value == pytest.approx(1)
    assert known(there.interval).low * known(back.interval).high == pytest.approx(1)


@BOTH
def test_a_ratio_to_itself_is_one(ratio: Function) -> None:
    sample = lognormal(0.1)
    found = ratio(sample, sample)
    assert found is not None
    assert found.value == 1
    assert not found.separable


@BOTH
def test_ratios_find_only_real_differences(ratio: Function) -> None:
    slow, fast = lognormal(0.02, centre=20, seed=1), lognormal(0.02, centre=10, seed=2)
    alike = lognormal(0.02, centre=10, seed=3)
    found = ratio(slow, fast)
    assert found is not None
    assert found.separable
    assert known(found.interval).includes(2)
    assert not ratio(fast, alike).separable


@BOTH
def test_too_few_laps_have_a_value_and_no_interval(ratio: Function) -> None:
    found = ratio(rounds(*[(20.0,)] * (MIN_LAPS - 1)), lognormal(0.02))
    assert found is not None
    assert found.value == pytest.approx(2, rel=0.1)
    assert found.interval is None
    assert not found.separable


@BOTH
def test_there_is_no_ratio_to_nothing_or_to_zero(ratio: Function) -> None:
    some, none, zero = lognormal(0.1), rounds((), ()), rounds((1.0,), (0.0,), (0.0,), (0.0,))
    assert ratio(some, none) is None
    assert ratio(none, some) is None
    assert ratio(some, zero) is None


@BOTH
def test_equal_samples_have_a_ratio_without_width(ratio: Function) -> None:
    one, three = (rounds(*[(seconds,) * 3] * MIN_LAPS) for seconds in (1.0, 3.0))
    found = ratio(three, one)
    assert (known(found.interval).low, known(found.interval).high) == pytest.approx((3, 3))
    assert found.separable
    assert not ratio(one, one).separable


def test_effects_of_a_lap_on_both_are_not_in_a_paired_ratio() -> None:
    speeds = (1.0, 1.3, 0.7, 1.9)
    a, b = (rounds(*((centre * speed,) for speed in speeds)) for centre in (6.0, 3.0))
    assert (known(paired(a, b).interval).low, known(paired(a, b).interval).high) == pytest.approx((2, 2))
    assert not unpaired(a, b).separable


def test_pairs_are_of_one_lap() -> None:
    a = Sample((RoundSamples(1, (2.0,)), RoundSamples(2, (40.0,)), RoundSamples(3, (6.0,)), RoundSamples(4, (8.0,))))
    b = Sample((RoundSamples(4, (4.0,)), RoundSamples(3, (3.0,)), RoundSamples(1, (1.0,))))
    assert paired(a, b).value == pytest.approx(2)
    assert known(paired(a, b).interval).low == pytest.approx(2)
    assert paired(a, rounds((), (), (), (), (1.0,))) is None


def test_the_intervals_match_the_t_tests() -> None:
    a, b = lognormal(0.1, laps=5, trials=1, seed=4), lognormal(0.2, laps=5, trials=1, seed=5)
    logs = [list(each.laps.values()) for each in (a, b)]
    one = stats.ttest_rel(*logs).confidence_interval()
    two = stats.ttest_ind(*logs, equal_var=False).confidence_interval()
    for found, expected in ((paired(a, b), one), (unpaired(a, b), two)):
        interval = known(found.interval)
        assert (interval.low, interval.high) == pytest.approx((2.718281828**expected.low, 2.718281828**expected.high))


def elsewhere(sample: Sample, first: int) -> Sample:
    """Return samples whose laps from `first` on are of another machine."""
    here, there = ([each for each in sample.rounds if (each.lap < first) == own] for own in (True, False))
    return Sample(tuple(here), elsewhere=tuple(there))


def test_pairs_come_from_the_laps_of_all_machines() -> None:
    a, b = (lognormal(0.1, laps=6, centre=centre, seed=seed) for centre, seed in ((6, 1), (3, 2)))
    assert paired(elsewhere(a, 3), elsewhere(b, 3)) == paired(a, b)


def test_two_benchmarks_are_compared_by_the_machine_of_each() -> None:
    a, b = (lognormal(0.1, laps=6, centre=centre, seed=seed) for centre, seed in ((6, 1), (3, 2)))
    assert unpaired(elsewhere(a, 5), b) == unpaired(Sample(a.rounds[:4]), b)
