"""Simulates which differences a benchmark of this size detects, given the noise in its own samples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.orchestrators.manifest import Mode
from harness.report.lineup import lineup_of
from harness.report.measures import MEASURES, WORKLOADS
from harness.report.row import Row
from harness.results.result import Result
from harness.statistics.coverage import Coverage, SimulatedMachine, coverages
from harness.statistics.samples import MIN_LAPS, Sample
from harness.statistics.simulation import Design, Noise, estimate_noise, lap_effects, lap_sd, without_laps

WANTED = (0.10, 0.25)
"""Slowdowns that a reader wants to detect."""


@dataclass(frozen=True)
class SampledSystem:
    """One row's warm totals of one workload, their noise, and how the benchmark's laps differed.

    Systems with the same `ranking` are ranked together. It is `None` for systems without a rank.
    """

    name: str
    baseline: bool
    ranking: Mode | None
    scenario: str
    sample: Sample
    noise: Noise
    lap_sd: float

    @property
    def trials(self) -> int:
        """The rounded number of samples per round."""
        return round(self.sample.n / len(self.sample.medians))


@dataclass(frozen=True)
class Sensitivity:
    """What the statistics detect in such samples.

    `false_positive_rate` is the share of simulated pairs of equal systems that look different. `smallest_difference` is
    the smallest relative slowdown detected in at least 80% of simulated benchmarks, or `None` if not even a doubling
    is. `laps_needed` gives, for each of `WANTED`, the number of laps that detects it that often.
    """

    subject: SampledSystem
    false_positive_rate: float
    smallest_difference: float | None
    laps_needed: tuple[int | None, ...]


def subjects(result: Result) -> list[SampledSystem]:
    """Return every sample set of a sound result that is large enough for a simulation."""
    rows = lineup_of(result).rows
    return [each for scenario in WORKLOADS for each in _of_workload(rows, scenario)]


def workloads(sampled: Sequence[SampledSystem]) -> list[str]:
    """Return the workloads with samples of the baseline and of another system."""
    of = {scenario: [each for each in sampled if each.scenario == scenario] for scenario in WORKLOADS}
    return [name for name, there in of.items() if len(there) > 1 and any(each.baseline for each in there)]


def sensitivities(sampled: Sequence[SampledSystem], simulations: int, seed: int) -> Iterator[Sensitivity]:
    """Simulate this many benchmarks per subject, each with the same number of laps and samples."""
    for each in sampled:
        design, laps = Design(each.noise, each.lap_sd, each.trials, simulations, seed), len(each.sample.laps)
        needed = tuple(design.laps_needed(wanted) for wanted in WANTED)
        yield Sensitivity(each, design.false_positive_rate(laps), design.smallest_difference(laps), needed)


def coverages_of(
    sampled: Sequence[SampledSystem], scenario: str, simulations: int, seed: int, machines: int = 1
) -> Iterator[Coverage]:
    """Simulate this many benchmarks of each length with all systems of one workload.

    Their laps come from the machine that was measured and from `machines` - 1 others.
    """
    there = [each for each in sampled if each.scenario == scenario]
    baseline = next(each.name for each in there if each.baseline)
    numbers = dict.fromkeys(each.ranking for each in there if each.ranking is not None)
    rankings = [[each.name for each in there if each.ranking == number] for number in numbers]
    machine = SimulatedMachine(
        {each.name: (each.noise, each.trials) for each in there}, there[0].lap_sd, baseline, rankings
    )
    return coverages(machine, simulations, seed, machines)


def _of_workload(rows: Sequence[Row], scenario: str) -> Iterator[SampledSystem]:
    sampled = [(row, MEASURES[f"{scenario}_total_s"].sample(row)) for row in rows]
    # To estimate the noise within rounds, one round needs two samples.
    known = [(r, s) for r, s in sampled if len(s.laps) >= MIN_LAPS and s.logarithmic and s.n > len(s.medians)]
    effects = lap_effects([sample for _, sample in known])
    for row, sample in known:
        # Samples shorter than half a polling period did not wait for that poller.
        period_s = row.settings.poll_period_s
        waits = sample.typical is not None and sample.typical > period_s / 2
        noise = estimate_noise(without_laps(sample, effects), period_s if waits else 0)
        yield SampledSystem(row.name, row.system.baseline, row.ranking, scenario, sample, noise, lap_sd(effects))
