"""Simulated benchmarks of systems whose truth is known: a model of noise, fitted to real samples or made up."""

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median, stdev
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.statistics.ratios import Ratio, paired
from harness.statistics.samples import Round, Sample

DIFFERENCES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.10, 0.15, 0.20, 0.25, 0.30, 0.50, 0.75, 1.00)
LAPS = (3, 4, 6, 8, 12, 16, 24)
N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Noise:
    """How samples scatter: base_s * exp(lap + N(0, round_sd) + N(0, trial_sd)) + U(0, poll_period_s).

    `lap` is drawn once a lap for all systems alike, with a standard deviation that the machine has. The first normal is
    drawn once a round, the second each trial: all three are relative. The uniform part is the wait for a poller that a
    trigger meets at a random moment.
    """

    base_s: float
    round_sd: float
    trial_sd: float
    poll_period_s: float

    def slower(self, difference: float) -> "Noise":
        """Return this noise about a centre that lies higher by this share, with the poller as it is."""
        centre_s = self.base_s + self.poll_period_s / 2
        return replace(self, base_s=self.base_s + difference * centre_s)

    def on(self, speed: float, noise: float) -> "Noise":
        """Return it on another machine: one that takes `speed` times as long to compute, and scatters differently.

        A poller waits as long on any machine.
        """
        return replace(self, base_s=self.base_s * speed, round_sd=self.round_sd * noise, trial_sd=self.trial_sd * noise)

    def times(self, factor: float) -> "Noise":
        """Return the noise of a system whose samples are all so many times as long."""
        return replace(self, base_s=self.base_s * factor, poll_period_s=self.poll_period_s * factor)


def draw_laps(sd: float, laps: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return what each lap does to every system, as a logarithm."""
    return random.normal(0, sd, laps)


def draw_s(noise: Noise, laps: NDArray[np.float64], trials: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return simulated samples in seconds, of the shape (laps, trials): a round of so many trials in each lap."""
    size = (len(laps), trials)
    relative = laps[:, None] + random.normal(0, noise.round_sd, (len(laps), 1)) + random.normal(0, noise.trial_sd, size)
    seconds: NDArray[np.float64] = noise.base_s * np.exp(relative) + random.uniform(0, noise.poll_period_s, size)
    return seconds


def draw(
    noise: Noise, laps: NDArray[np.float64], trials: int, random: np.random.Generator, first_lap: int = 1
) -> Sample:
    """Return one simulated sample set: a round of so many trials in each of these laps."""
    rows = draw_s(noise, laps, trials, random).tolist()
    return Sample(tuple(Round(lap, tuple(row)) for lap, row in enumerate(rows, start=first_lap)))


def lap_effects(samples: Sequence[Sample]) -> dict[int, float]:
    """Return what each lap did to all of these systems, as a logarithm: the median of their deviations from themselves.

    The median, because a system that waits for a poller scatters far more than a machine does. Each sample must be
    positive; a system that lacks a lap tells nothing of it.
    """
    deviations: dict[int, list[float]] = {}
    for each in samples:
        own = fmean(each.laps.values())
        for lap, value in each.laps.items():
            deviations.setdefault(lap, []).append(value - own)
    return {lap: median(values) for lap, values in deviations.items()}


def without_laps(sample: Sample, effects: Mapping[int, float]) -> Sample:
    """Return positive samples as they would be if no lap had done anything."""
    return Sample(
        tuple(
            Round(each.lap, tuple(value / math.exp(effects[each.lap]) for value in each.values))
            for each in sample.rounds
            if each.values
        )
    )


def lap_sd(effects: Mapping[int, float]) -> float:
    """Return the standard deviation of a machine's laps; 0 for a single one."""
    return stdev(effects.values()) if len(effects) > 1 else 0.0


def estimate_noise(sample: Sample, poll_period_s: float) -> Noise:
    """Fit the noise to samples in seconds that hold no lap effect, given how often the system polls (0: it does not).

    Variance components of the logarithms by analysis of variance of unbalanced groups: within rounds the mean square
    within, between rounds (MS between - MS within) / n0, neither below 0 (Searle, Casella and McCulloch 1992, Variance
    Components, section 3.6). Before it becomes `trial_sd`, the variance within rounds loses that of the poller's
    uniform wait, poll_period_s^2 / 12; where that leaves nothing, the poller explains it all and `trial_sd` is 0. The
    base is the median less the mean wait. A few rounds tell `round_sd` to within a factor of two or worse.

    Raises `ValueError` for fewer than two rounds with samples, for no round with two, for samples that are not
    positive, and for a polling period that such short samples cannot contain.
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
    # From logarithms to seconds, and back to shares of the base, which is what the noise multiplies.
    round_variance_s2 = max(0.0, float(between - within) / balanced_size) * median_s**2
    trial_variance_s2 = max(0.0, float(within) * median_s**2 - poll_period_s**2 / 12)
    return Noise(base_s, round_variance_s2**0.5 / base_s, trial_variance_s2**0.5 / base_s, poll_period_s)


def false_positive_rate(noise: Noise, sd: float, laps: int, trials: int, simulations: int, seed: int) -> float:
    """Return the share of A/A pairs, two draws of one noise in the same laps of this `sd`, that come out separable."""
    return _share(lambda times: times.separable, noise, noise, sd, laps, trials, simulations, seed)


def smallest_difference(
    noise: Noise,
    sd: float,
    laps: int,
    trials: int,
    simulations: int,
    seed: int,
    power: float = 0.8,
) -> float | None:
    """Return the least of `DIFFERENCES` that is seen in at least this share of simulated benchmarks; `None` if none is.

    A difference is a relative slowdown of the centre of the samples, half a polling period included. It is seen when
    the interval of the ratio lies above 1. Every difference meets the same noise, draw for draw.
    """

    def seen(difference: float) -> bool:
        return _share(_slower, noise.slower(difference), noise, sd, laps, trials, simulations, seed) >= power

    return _least(DIFFERENCES, seen)


def laps_needed(
    noise: Noise, sd: float, difference: float, trials: int, simulations: int, seed: int, power: float = 0.8
) -> int | None:
    """Return the least of `LAPS` with which this slowdown is seen so often; `None` if none is enough."""
    slow = noise.slower(difference)

    def seen(laps: int) -> bool:
        return _share(_slower, slow, noise, sd, laps, trials, simulations, seed) >= power

    return _least(LAPS, seen)


def _least(ascending: Sequence[N], seen: Callable[[N], bool]) -> N | None:
    """Return the first that is seen, given that whatever lies above one that is seen is seen too."""
    index = bisect_left(ascending, 1, key=lambda each: int(seen(each)))
    return ascending[index] if index < len(ascending) else None


def _slower(times: Ratio) -> bool:
    return times.interval is not None and times.interval.low > 1


def _share(
    verdict: Callable[[Ratio], bool],
    a: Noise,
    b: Noise,
    sd: float,
    laps: int,
    trials: int,
    simulations: int,
    seed: int,
) -> float:
    """Return the share of simulated benchmarks of `a` against `b` of whose ratio the verdict holds."""
    random = np.random.default_rng(seed)
    positive = 0
    for _ in range(simulations):
        effects = draw_laps(sd, laps, random)
        times = paired(draw(a, effects, trials, random), draw(b, effects, trials, random))
        positive += times is not None and verdict(times)
    return positive / simulations
