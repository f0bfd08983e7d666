"""Coverage by simulation: correct statistics reach it, and wrong ones do not."""

import pytest

from harness.statistics import coverage
from harness.statistics.coverage import LAPS, SimulatedMachine, coverages
from harness.statistics.samples import Interval, Sample
from harness.statistics.simulation import Noise

MACHINE = SimulatedMachine(
    {
        "floor": (Noise(3.6, 0.06, 0.04, 0), 3),
        "quick": (Noise(5.8, 0.05, 0.04, 0.1), 3),
        "polls": (Noise(8, 0.1, 0, 10), 2),
        "slow": (Noise(31, 0.05, 0.1, 10), 2),
    },
    lap_sd=0.1,
    baseline="floor",
    rankings=[["quick", "polls", "slow"]],
)


def test_every_interval_contains_the_truth_as_often_as_it_says() -> None:
    for found in coverages(MACHINE, simulations=400, seed=1):
        shares = [*found.own.values(), *found.ratio.values()]
        assert len(shares) == 7
        assert min(shares) > 0.91
        assert found.family_error <= 0.06


@pytest.mark.parametrize("machines", [2, 3])
def test_laps_of_several_machines_contain_the_truth_of_these_machines(machines: int) -> None:
    found = {each.laps: each for each in coverages(MACHINE, 400, seed=1, machines=machines)}
    assert min(found[12].ratio.values()) > 0.91
    assert min(found[4].ratio.values()) > 0.91
    assert max(each.family_error for each in found.values()) <= 0.06
    assert min(found[12].own.values()) > 0.91
    assert {*found[4].own.values()} == {None}, "two laps of a machine have no interval"


def test_more_laps_make_narrower_intervals() -> None:
    reaches = [each.ratio_reach["quick"] for each in coverages(MACHINE, simulations=200, seed=1)]
    assert reaches == sorted(reaches, reverse=True)
    assert reaches[0] > 2 * reaches[-1]


def test_the_same_seed_gives_the_same_figures() -> None:
    first, again = (list(coverages(MACHINE, simulations=20, seed=7)) for _ in range(2))
    assert first == again
    assert [each.laps for each in first] == list(LAPS)


def test_intervals_that_are_too_narrow_are_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(sample: Sample) -> Interval:
        return Interval(sample.typical * 0.99, sample.typical * 1.01)

    monkeypatch.setattr(Sample, "interval", property(half))
    assert max(next(coverages(MACHINE, simulations=50, seed=1)).own.values()) < 0.6


def test_marks_without_cause_are_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.statistics.standings.FAMILY_ERROR", 1.0)
    assert next(coverages(MACHINE, simulations=50, seed=1)).family_error > 0.2


def test_too_few_laps_publish_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "LAPS", (2,))
    (found,) = coverages(MACHINE, simulations=5, seed=1)
    assert {*found.own.values(), *found.ratio.values(), found.family_error} == {None}
