"""What a benchmark of this size can see, given the noise that it met: simulated from its own samples."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.report.column import columns
from harness.report.sound import read_sound
from harness.report.table import LATENCIES
from harness.resolution import estimate_noise, false_positive_rate, smallest_difference
from harness.stats import Sample


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


def subjects(folder: Path) -> list[Subject]:
    """Return every sample set of a benchmark that is large enough to be simulated.

    Raises `NotSound` when the folder does not pass the audit, `RecordError` when it is no benchmark's.
    """
    environment, records = read_sound(folder)
    found = [
        Subject(column.name, scenario, column.total_s(scenario), column.system.profiles[column.profile].poll_period_s)
        for scenario in LATENCIES
        for column in columns(environment, records)
    ]
    # The noise within rounds needs a round with two samples.
    return [each for each in found if each.sample.interval and each.sample.n > each.sample.rounds_with_samples]


def sensitivities(found: list[Subject], simulations: int, seed: int) -> Iterator[Sensitivity]:
    """Simulate so many benchmarks for each subject: the same number of rounds, and of samples in each."""
    for each in found:
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
