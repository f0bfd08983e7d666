"""What a benchmark of this size can see, given the noise that it met: simulated from its own samples."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.report.cells import LATENCIES
from harness.report.column import columns
from harness.results.result import Result
from harness.statistics.samples import Sample
from harness.statistics.simulation import estimate_noise, false_positive_rate, smallest_difference


@dataclass(frozen=True)
class Subject:
    """One column's warm totals of one workload, and how often it polls for work (0: it does not)."""

    column: str
    scenario: str
    sample: Sample
    poll_period_s: float


@dataclass(frozen=True)
class Sensitivity:
    """What the statistics see of such samples.

    `false_positive_rate` is the share of simulated pairs without any difference that come out separable;
    `smallest_difference` the least relative slowdown seen in at least 80 % of simulated benchmarks, `None` if not even
    a doubling is.
    """

    subject: Subject
    false_positive_rate: float
    smallest_difference: float | None


def subjects(result: Result) -> list[Subject]:
    """Return every sample set of a sound result that is large enough to be simulated."""
    sampled = [
        Subject(column.name, scenario, column.total_s(scenario), column.settings.poll_period_s)
        for scenario in LATENCIES
        for column in columns(result)
    ]
    # The noise within rounds needs a round with two samples.
    return [each for each in sampled if each.sample.interval and each.sample.n > each.sample.rounds_with_samples]


def sensitivities(sampled: list[Subject], simulations: int, seed: int) -> Iterator[Sensitivity]:
    """Simulate so many benchmarks for each subject: the same number of rounds, and of samples in each."""
    for each in sampled:
        # Samples too short to hold half a period did not wait for that poller.
        waits = each.sample.median is not None and each.sample.median > each.poll_period_s / 2
        noise = estimate_noise(each.sample.rounds, each.poll_period_s if waits else 0)
        rounds = each.sample.rounds_with_samples
        trials = round(each.sample.n / rounds)
        yield Sensitivity(
            each,
            false_positive_rate(noise, rounds, trials, simulations, seed),
            smallest_difference(noise, rounds, trials, simulations, seed),
        )
