"""What a benchmark of this size can see, given the noise that it met: simulated from its own samples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.report.column import Column, columns
from harness.report.measures import WORKLOADS
from harness.report.ranking import ranking_numbers
from harness.results.result import Result
from harness.statistics.coverage import Coverage, Machine, coverages
from harness.statistics.samples import MIN_LAPS, Sample
from harness.statistics.simulation import (
    Noise,
    estimate_noise,
    false_positive_rate,
    lap_effects,
    lap_sd,
    laps_needed,
    smallest_difference,
    without_laps,
)

WANTED = (0.10, 0.25)
"""Slowdowns that a reader wants to see."""


@dataclass(frozen=True)
class Subject:
    """One column's warm totals of one workload, the noise in them, and how the laps of the benchmark differed.

    Those of one `ranking` are ranked together; `None` is for who is not ranked.
    """

    column: str
    baseline: bool
    ranking: int | None
    scenario: str
    sample: Sample
    noise: Noise
    lap_sd: float

    @property
    def trials(self) -> int:
        """How many samples a round has, to the nearest whole one."""
        return round(self.sample.n / len(self.sample.medians))


@dataclass(frozen=True)
class Sensitivity:
    """What the statistics see of such samples.

    `false_positive_rate` is the share of simulated pairs without any difference that come out separable;
    `smallest_difference` the least relative slowdown seen in at least 80 % of simulated benchmarks, `None` if not even
    a doubling is. `laps_needed` says for each of `WANTED` how many laps see it that often.
    """

    subject: Subject
    false_positive_rate: float
    smallest_difference: float | None
    laps_needed: tuple[int | None, ...]


def subjects(result: Result) -> list[Subject]:
    """Return every sample set of a sound result that is large enough to be simulated."""
    everyone = columns(result)
    return [each for scenario in WORKLOADS for each in _of_workload(everyone, scenario)]


def workloads(sampled: Sequence[Subject]) -> list[str]:
    """Return the workloads that the baseline and another system were sampled with."""
    of = {scenario: [each for each in sampled if each.scenario == scenario] for scenario in WORKLOADS}
    return [name for name, there in of.items() if len(there) > 1 and any(each.baseline for each in there)]


def sensitivities(sampled: Sequence[Subject], simulations: int, seed: int) -> Iterator[Sensitivity]:
    """Simulate so many benchmarks for each subject: the same number of laps, and of samples in each."""
    for each in sampled:
        shape = (each.noise, each.lap_sd, len(each.sample.laps), each.trials, simulations, seed)
        needed = (laps_needed(each.noise, each.lap_sd, wanted, each.trials, simulations, seed) for wanted in WANTED)
        yield Sensitivity(each, false_positive_rate(*shape), smallest_difference(*shape), tuple(needed))


def coverages_of(
    sampled: Sequence[Subject], scenario: str, simulations: int, seed: int, machines: int = 1
) -> Iterator[Coverage]:
    """Simulate so many benchmarks of each length with the systems of one workload, side by side as they were.

    Their laps come from the machine that was measured and from `machines` - 1 others.
    """
    there = [each for each in sampled if each.scenario == scenario]
    baseline = next(each.column for each in there if each.baseline)
    numbers = dict.fromkeys(each.ranking for each in there if each.ranking is not None)
    rankings = [[each.column for each in there if each.ranking == number] for number in numbers]
    machine = Machine({each.column: (each.noise, each.trials) for each in there}, there[0].lap_sd, baseline, rankings)
    return coverages(machine, simulations, seed, machines)


def _of_workload(everyone: Sequence[Column], scenario: str) -> Iterator[Subject]:
    sampled = [(column, column.total_s(scenario)) for column in everyone]
    # The noise within rounds needs a round with two samples.
    known = [(c, s) for c, s in sampled if len(s.laps) >= MIN_LAPS and s.logarithmic and s.n > len(s.medians)]
    effects = lap_effects([sample for _, sample in known])
    ranking = dict(zip(everyone, ranking_numbers(everyone), strict=True))
    for column, sample in known:
        # Samples too short to hold half a period did not wait for that poller.
        period_s = column.settings.poll_period_s
        waits = sample.typical is not None and sample.typical > period_s / 2
        noise = estimate_noise(without_laps(sample, effects), period_s if waits else 0)
        yield Subject(column.name, column.system.baseline, ranking[column], scenario, sample, noise, lap_sd(effects))
