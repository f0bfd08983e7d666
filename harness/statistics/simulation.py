"""Simulates benchmarks of systems with known truths, by a noise model that is fitted to real samples or invented."""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median, stdev
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.statistics.ratios import Ratio, paired
from harness.statistics.samples import RoundSamples, Sample

DIFFERENCES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.10, 0.15, 0.20, 0.25, 0.30, 0.50, 0.75, 1.00)
LAPS = (3, 4, 6, 8, 12, 16, 24)
N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Noise:
    """A model of samples: base_s * exp(lap + N(0, round_sd) + N(0, trial_sd)) + U(0, poll_period_s).

    `lap` is drawn once per lap for all systems, with the machine's standard deviation. The first normal is drawn once
    per round and the second once per trial. All three are relative. The uniform part is the wait for a poller, because
    triggers arrive at a random time between polls.
    """

    base_s: float
    round_sd: float
    trial_sd: float
    poll_period_s: float

    def slower(self, difference: float) -> "Noise":
        """Return this noise with its centre raised by this share and the same poller."""
        centre_s = self.base_s + self.poll_period_s / 2
        return replace(self, base_s=self.base_s + difference * centre_s)

    def on(self, speed: float, noise: float) -> "Noise":
        """Return this noise on another machine, where computing takes `speed` times as long and varies differently.

        The wait for a poller is the same on any machine.
        """
        return replace(self, base_s=self.base_s * speed, round_sd=self.round_sd * noise, trial_sd=self.trial_sd * noise)

    def times(self, factor: float) -> "Noise":
        """Return the noise of a system with all samples multiplied by this factor."""
        return replace(self, base_s=self.base_s * factor, poll_period_s=self.poll_period_s * factor)


def draw_laps(sd: float, laps: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return the effect of each lap on all systems, as a logarithm."""
    return random.normal(0, sd, laps)


def draw_s(noise: Noise, laps: NDArray[np.float64], trials: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return simulated samples in seconds, of the shape (laps, trials), with one round per lap."""
    size = (len(laps), trials)
    relative = laps[:, None] + random.normal(0, noise.round_sd, (len(laps), 1)) + random.normal(0, noise.trial_sd, size)
    seconds: NDArray[np.float64] = noise.base_s * np.exp(relative) + random.uniform(0, noise.poll_period_s, size)
    return seconds


def draw(
    noise: Noise, laps: NDArray[np.float64], trials: int, random: np.random.Generator, first_lap: int = 1
) -> Sample:
    """Return one simulated sample set, with one round of this many trials in each of these laps."""
    rows = draw_s(noise, laps, trials, random).tolist()
    return Sample(tuple(RoundSamples(lap, tuple(row)) for lap, row in enumerate(rows, start=first_lap)))


def lap_effects(samples: Sequence[Sample]) -> dict[int, float]:
    """Return the effect of each lap on these systems, as a logarithm: the median of their deviations from their means.

    It is the median because a system that waits for a poller varies far more than a machine. Each sample must be
    positive. A system without a lap does not count there.
    """
    deviations: dict[int, list[float]] = {}
    for each in samples:
        own = fmean(each.laps.values())
        for lap, value in each.laps.items():
            deviations.setdefault(lap, []).append(value - own)
    return {lap: median(values) for lap, values in deviations.items()}


def without_laps(sample: Sample, effects: Mapping[int, float]) -> Sample:
    """Return positive samples without the effects of laps."""
    return Sample(
        tuple(
            RoundSamples(each.lap, tuple(value / math.exp(effects[each.lap]) for value in each.values))
            for each in sample.rounds
            if each.values
        )
    )


def lap_sd(effects: Mapping[int, float]) -> float:
    """Return the standard deviation of a machine's laps, or 0 for a single lap."""
    return stdev(effects.values()) if len(effects) > 1 else 0.0


def estimate_noise(sample: Sample, poll_period_s: float) -> Noise:
    """Fit the noise to samples in seconds without lap effects, for the system's polling period (0 if it does not poll).

    The variance components of the logarithms come from an analysis of variance of unbalanced groups (Searle, Casella
    and McCulloch 1992, Variance Components, section 3.6), and are at least 0. The variance within rounds, less
    poll_period_s^2 / 12 for the uniform wait, gives `trial_sd`. The base is the median less the mean wait. With few
    rounds, `round_sd` is uncertain by a factor of two or more.

    Raises `ValueError` for fewer than two rounds with samples, if no round has two samples, and for samples that are
    not positive or too short for the polling period.
    """
    groups = [each.values for each in sample.rounds if each.values]
    if len(groups) < 2 or sample.n == len(groups):
        raise ValueError("the noise between and within rounds needs two rounds, and two samples in one of them")
    if min(sample.values) <= 0:
        raise ValueError(f"samples must be positive, not {min(sample.values):.3g} s")
    median_s = median(sample.values)
    base_s = median_s - poll_period_s / 2
    if base_s <= 0:
        raise ValueError(f"samples of {median_s:.3g} s cannot contain a wait for a poll every {poll_period_s:.3g} s")

    total = sample.n
    logs = [np.log(values) for values in groups]
    grand_mean = np.log(sample.values).mean()
    within = sum(((group - group.mean()) ** 2).sum() for group in logs) / (total - len(logs))
    between = sum(len(group) * (group.mean() - grand_mean) ** 2 for group in logs) / (len(logs) - 1)
    balanced_size = (total - sum(len(group) ** 2 for group in logs) / total) / (len(logs) - 1)
    # Convert from logarithms to seconds, and then to shares of the base, which the noise multiplies.
    round_variance_s2 = max(0.0, float(between - within) / balanced_size) * median_s**2
    trial_variance_s2 = max(0.0, float(within) * median_s**2 - poll_period_s**2 / 12)
    return Noise(base_s, round_variance_s2**0.5 / base_s, trial_variance_s2**0.5 / base_s, poll_period_s)


@dataclass(frozen=True)
class Design:
    """Benchmarks to simulate: a system's noise, the standard deviation of laps, and the trials of a round."""

    noise: Noise
    lap_sd: float
    trials: int
    simulations: int
    seed: int

    def false_positive_rate(self, laps: int) -> float:
        """Return the share of separable A/A pairs: two draws of the same noise in the same laps."""
        return self._share(lambda times: times.separable, self.noise, laps)

    def detects(self, difference: float, laps: int, power: float = 0.8) -> bool:
        """Whether this share of benchmarks detects a relative slowdown of the samples' centre.

        The centre includes half a polling period. A slowdown is detected if the interval of the ratio is above 1. All
        slowdowns are simulated with the same random draws.
        """
        return (
            self._share(lambda times: times.separable and times.value > 1, self.noise.slower(difference), laps) >= power
        )

    def smallest_difference(self, laps: int, power: float = 0.8) -> float | None:
        """Return the smallest of `DIFFERENCES` that is detected, or `None` if none is."""
        return _least(DIFFERENCES, lambda difference: self.detects(difference, laps, power))

    def laps_needed(self, difference: float) -> int | None:
        """Return the smallest of `LAPS` that detects this slowdown, or `None` if none is enough."""
        return _least(LAPS, lambda laps: self.detects(difference, laps))

    def _share(self, verdict: Callable[[Ratio], bool], other: Noise, laps: int) -> float:
        """Return the share of simulated benchmarks whose ratio of the other noise to this satisfies the verdict."""
        random = np.random.default_rng(self.seed)
        positive = 0
        for _ in range(self.simulations):
            effects = draw_laps(self.lap_sd, laps, random)
            times = paired(*(draw(noise, effects, self.trials, random) for noise in (other, self.noise)))
            positive += times is not None and verdict(times)
        return positive / self.simulations


def _least(ascending: Sequence[N], seen: Callable[[N], bool]) -> N | None:
    """Return the first that is detected, if everything above a detected one is detected too."""
    index = bisect_left(ascending, 1, key=lambda each: int(seen(each)))
    return ascending[index] if index < len(ascending) else None
