"""What the statistics can see: simulated benchmarks of systems whose true difference is known.

Knows a model of noise and the statistics of the report, through which every simulated sample goes; nothing of records.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from harness.statistics.samples import Ratio, Rounds, Sample, ratio

DIFFERENCES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.10, 0.15, 0.20, 0.30, 0.50, 0.75, 1.00)


@dataclass(frozen=True)
class Noise:
    """How the samples of one measure scatter: base_s * exp(N(0, round_sd) + N(0, trial_sd)) + U(0, poll_period_s).

    The first normal is drawn once a round, the second each trial: both are relative. The uniform part is the wait for a
    poller that a trigger meets at a random moment.
    """

    base_s: float
    round_sd: float
    trial_sd: float
    poll_period_s: float

    def slower(self, difference: float) -> "Noise":
        """Return this noise about a centre that lies higher by this share, with the poller as it is."""
        centre_s = self.base_s + self.poll_period_s / 2
        return replace(self, base_s=self.base_s + difference * centre_s)


def draw(noise: Noise, rounds: int, trials: int, random: np.random.Generator) -> tuple[tuple[float, ...], ...]:
    """Return one simulated sample set, in seconds: so many rounds of so many trials."""
    relative = random.normal(0, noise.round_sd, (rounds, 1)) + random.normal(0, noise.trial_sd, (rounds, trials))
    samples = noise.base_s * np.exp(relative) + random.uniform(0, noise.poll_period_s, (rounds, trials))
    return tuple(tuple(row) for row in samples.tolist())


def false_positive_rate(noise: Noise, rounds: int, trials: int, simulations: int, seed: int) -> float:
    """Return the share of A/A pairs, two draws of one noise, that come out separable."""
    return _share(_separable, noise, noise, rounds, trials, simulations, seed)


def smallest_difference(
    noise: Noise,
    rounds: int,
    trials: int,
    simulations: int,
    seed: int,
    power: float = 0.8,
) -> float | None:
    """Return the least of `DIFFERENCES` that is seen in at least this share of simulated benchmarks; `None` if none is.

    A difference is a relative slowdown of the centre of the samples, half a polling period included. It is seen when
    the interval of the ratio lies above 1. Every difference meets the same noise, draw for draw.
    """
    for difference in DIFFERENCES:
        slow = noise.slower(difference)
        if _share(_slower, slow, noise, rounds, trials, simulations, seed) >= power:
            return difference
    return None


def estimate_noise(rounds: Rounds, poll_period_s: float) -> Noise:
    """Fit the noise to real samples in seconds, given how often the system polls (0: it does not).

    Variance components of the logarithms by analysis of variance of unbalanced groups: within rounds the mean square
    within, between rounds (MS between - MS within) / n0, neither below 0 (Searle, Casella and McCulloch 1992, Variance
    Components, section 3.6). Before it becomes `trial_sd`, the variance within rounds loses that of the poller's
    uniform wait, poll_period_s^2 / 12; where that leaves nothing, the poller explains it all and `trial_sd` is 0. The
    base is the median less the mean wait. A few rounds tell `round_sd` to within a factor of two or worse.

    Raises `ValueError` for fewer than two rounds with samples, for no round with two, for samples that are not
    positive, and for a polling period that such short samples cannot contain.
    """
    values = [value for samples in rounds for value in samples]
    groups = [samples for samples in rounds if samples]
    if len(groups) < 2 or len(values) == len(groups):
        raise ValueError("the noise between and within rounds needs two rounds, and two samples in one of them")
    if min(values) <= 0:
        raise ValueError(f"samples must be positive, not {min(values):.3g} s")
    median_s = float(np.median(values))
    base_s = median_s - poll_period_s / 2
    if base_s <= 0:
        raise ValueError(f"samples of {median_s:.3g} s cannot contain a wait for a poll every {poll_period_s:.3g} s")

    total = len(values)
    logs = [np.log(samples) for samples in groups]
    grand_mean = np.log(values).mean()
    within = sum(((group - group.mean()) ** 2).sum() for group in logs) / (total - len(logs))
    between = sum(len(group) * (group.mean() - grand_mean) ** 2 for group in logs) / (len(logs) - 1)
    balanced_size = (total - sum(len(group) ** 2 for group in logs) / total) / (len(logs) - 1)
    # From logarithms to seconds, and back to shares of the base, which is what the noise multiplies.
    round_variance_s2 = max(0.0, float(between - within) / balanced_size) * median_s**2
    trial_variance_s2 = max(0.0, float(within) * median_s**2 - poll_period_s**2 / 12)
    return Noise(base_s, round_variance_s2**0.5 / base_s, trial_variance_s2**0.5 / base_s, poll_period_s)


def _separable(times: Ratio) -> bool:
    return times.separable


def _slower(times: Ratio) -> bool:
    return times.interval is not None and times.interval.low > 1


def _share(
    verdict: Callable[[Ratio], bool],
    a: Noise,
    b: Noise,
    rounds: int,
    trials: int,
    simulations: int,
    seed: int,
) -> float:
    """Return the share of simulated benchmarks of `a` against `b` of whose ratio the verdict holds."""
    random = np.random.default_rng(seed)
    positive = 0
    for _ in range(simulations):
        times = ratio(Sample(draw(a, rounds, trials, random)), Sample(draw(b, rounds, trials, random)))
        positive += times is not None and verdict(times)
    return positive / simulations
