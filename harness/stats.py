"""Statistics of samples: pure functions, no records and no formats.

A sample set comes in rounds. A round is one stack's life, and the trials of one round resemble each other more than
those of two, so whatever states an uncertainty resamples rounds first. Too few samples give `None`, never an interval.
"""

import hashlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

Rounds = Sequence[Sequence[float]]
"""The samples of each round."""

MIN_ROUNDS = 4
MIN_SAMPLES = 6
"""The range of n independent samples covers the median with probability 1 - 2^(1-n): 6 is the first n above 95 %."""

REPLICATES = 4000
_TAIL = 0.025

_MIN_FOR_OUTLIERS = 5
_OUTLIER_MADS = 5.0
_MAD_TO_SD = 1.4826
_MAD_FLOOR = 0.01


@dataclass(frozen=True)
class Summary:
    """The median of some samples with their spread: the least, the greatest, and how many."""

    median: float
    low: float
    high: float
    n: int


def summarise(samples: Sequence[float]) -> Summary | None:
    """Return the summary of samples, or `None` when there is none."""
    if not samples:
        return None
    return Summary(float(np.median(samples)), min(samples), max(samples), len(samples))


def spread(medians: Sequence[float]) -> float:
    """Return by which share the greatest of some positive medians exceeds the least; 0 for fewer than two."""
    return max(medians) / min(medians) - 1 if len(medians) > 1 else 0.0


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval, both ends within it."""

    low: float
    high: float

    def includes(self, value: float) -> bool:
        """Whether the value lies within the interval."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Sample:
    """One measure of one column: what it is called, and its samples of each round.

    The name decides which resamples are drawn, so each sample set of a report needs its own. Everything that costs
    time is computed once.
    """

    name: str
    rounds: tuple[tuple[float, ...], ...]
    replicates: int = REPLICATES

    @cached_property
    def values(self) -> tuple[float, ...]:
        """All samples, round after round."""
        return tuple(value for samples in self.rounds for value in samples)

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.values)

    @cached_property
    def median(self) -> float | None:
        """The median of all samples; `None` without any, as are mean, low and high."""
        return float(np.median(self.values)) if self.values else None

    @property
    def mean(self) -> float | None:
        """The mean, exactly rounded and hence between `low` and `high`."""
        return statistics.mean(self.values) if self.values else None

    @property
    def low(self) -> float | None:
        """The least sample."""
        return min(self.values, default=None)

    @property
    def high(self) -> float | None:
        """The greatest sample."""
        return max(self.values, default=None)

    @cached_property
    def rounds_with_samples(self) -> int:
        """How many rounds hold a sample."""
        return sum(1 for samples in self.rounds if samples)

    @cached_property
    def medians(self) -> NDArray[np.float64] | None:
        """The resampled medians, `None` for too few rounds or samples."""
        return resampled_medians(self.rounds, self.name, self.replicates)

    @cached_property
    def interval(self) -> Interval | None:
        """The 95 % interval of the median, `None` for too few rounds or samples."""
        return None if self.medians is None else interval(self.medians, self.rounds_with_samples)


@dataclass(frozen=True)
class Ratio:
    """How many times one median is another, with its 95 % interval where both have enough samples."""

    value: float
    interval: Interval | None

    @property
    def separable(self) -> bool:
        """Whether there is an interval and 1 is outside it; what is not separable is not ranked."""
        return self.interval is not None and not self.interval.includes(1.0)


def ratio(a: Sample, b: Sample) -> Ratio | None:
    """Return median(a) / median(b); `None` if either has no sample or median(b) is not positive.

    Replicates of the two are independent, so their quotients are replicates of the ratio. `ratio(b, a)` is the
    reciprocal, with the same verdict. There is no interval where a resampled median is not positive.

    Raises `ValueError` for two different sample sets of one name, whose replicates would not be independent.
    """
    if a.name == b.name and a != b:
        raise ValueError(f"two sample sets are called {a.name!r}: their resamples would not be independent")
    if a.median is None or b.median is None or b.median <= 0:
        return None
    value = a.median / b.median
    if a.medians is None or b.medians is None or min(a.medians.min(), b.medians.min()) <= 0:
        return Ratio(value, None)
    return Ratio(value, interval(a.medians / b.medians, min(a.rounds_with_samples, b.rounds_with_samples)))


def resampled_medians(rounds: Rounds, name: str, replicates: int = REPLICATES) -> NDArray[np.float64] | None:
    """Return medians of a two-level bootstrap: rounds drawn with replacement, then samples within each drawn round.

    `None` below `MIN_ROUNDS` rounds or `MIN_SAMPLES` samples; rounds without samples do not count. Rounds may differ in
    size; a drawn round gives as many samples as it has. The same name draws the same resamples each time and on each
    machine, two names draw independently. The order of rounds and of samples does not matter.

    Source: Davison and Hinkley 1997, Bootstrap Methods and their Application, section 3.8 on hierarchical data; of the
    variants there this is the one with replacement at both levels.
    """
    drawable = sorted(sorted(samples) for samples in rounds if samples)
    sizes = np.array([len(samples) for samples in drawable], dtype=np.int64)
    if len(drawable) < MIN_ROUNDS or sizes.sum() < MIN_SAMPLES:
        return None
    widest = int(sizes.max())
    table = np.full((len(drawable), widest), np.inf)
    for row, samples in zip(table, drawable, strict=True):
        row[: len(samples)] = samples

    random = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()))
    drawn = random.integers(len(drawable), size=(replicates, len(drawable)))
    drawn_sizes = sizes[drawn][:, :, None]
    trials = (random.random((replicates, len(drawable), widest)) * drawn_sizes).astype(np.int64)
    # A place beyond a round's size holds infinity, which sorts to the end, after what was drawn.
    values = np.where(np.arange(widest) < drawn_sizes, table[drawn[:, :, None], trials], np.inf)
    ordered = np.sort(values.reshape(replicates, -1), axis=1)
    counts = sizes[drawn].sum(axis=1)
    every = np.arange(replicates)
    middle: NDArray[np.float64] = (ordered[every, (counts - 1) // 2] + ordered[every, counts // 2]) / 2
    return middle


def interval(medians: NDArray[np.float64], rounds: int) -> Interval:
    """Return the 95 % expanded percentile interval of replicates that were resampled from so many rounds (2 or more).

    A plain percentile interval is too narrow for few clusters, because a resample varies less than a sample by
    sqrt((n - 1) / n), and because it uses normal quantiles where t is due. So each tail is not 2.5 % but
    Phi(-sqrt(n / (n - 1)) t(0.975, n - 1)): Hesterberg 2015, What Teachers Should Know About the Bootstrap, The
    American Statistician 69(4), 371-386, on narrowness bias. With four rounds that is 1e-4, nearly the range of the
    replicates. No interval of resamples can leave the range of the samples; if the trials of a round were all alike,
    three rounds would be separable by chance in one pair of ten (2 of the 20 orders of six rounds), four in 2.9 %.

    Its ends are replicates themselves, not points between two, so that an interval of reciprocals is the reciprocal.
    """
    tail = float(ndtr(np.sqrt(rounds / (rounds - 1)) * stdtrit(rounds - 1, _TAIL)))
    skipped = round(tail * (len(medians) - 1))
    ends = np.partition(medians, (skipped, len(medians) - 1 - skipped))
    return Interval(float(ends[skipped]), float(ends[len(medians) - 1 - skipped]))


def drift(rounds: Rounds) -> float:
    """Return by which share the greatest median of a round exceeds the least, for positive samples; 0 for one round."""
    return spread([float(np.median(r)) for r in rounds if r])


def outliers(values: Sequence[float]) -> list[int]:
    """Return the indices of values further than 5 scaled MADs from the median; none for fewer than five values.

    The scaled MAD, 1.4826 times the median absolute deviation, estimates a normal standard deviation and is not moved
    by what it shall find (Leys et al. 2013, Journal of Experimental Social Psychology 49(4), 764-766). They advise 2.5
    to 3; latencies have long tails, hence 5. Samples that are nearly constant have a MAD near 0, which would flag
    microseconds: it counts as 1 % of the median at least. To be shown, never to be dropped.
    """
    if len(values) < _MIN_FOR_OUTLIERS:
        return []
    median = float(np.median(values))
    deviations = np.abs(np.asarray(values) - median)
    mad = max(float(np.median(deviations)), _MAD_FLOOR * abs(median))
    return [int(i) for i in np.flatnonzero(deviations > _OUTLIER_MADS * _MAD_TO_SD * mad)]
