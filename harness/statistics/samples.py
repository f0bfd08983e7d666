"""Samples and what they say: pure functions, no records and no formats.

Samples come in rounds. A round is one stack's life, and the trials of one round resemble each other more than those of
two rounds. So every uncertainty is computed by resampling rounds first. Too few samples give `None`, never an interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Rounds = Sequence[Sequence[float]]
"""The samples of each round."""

MIN_ROUNDS = 4
"""With three, the standard error itself is known too badly: the t quantile alone is 4.3."""
REPLICATES = 2000
_CONFIDENCE = 0.95
_SEED = 0

_MIN_FOR_OUTLIERS = 5
_OUTLIER_MADS = 5.0
_MAD_TO_SD = 1.4826
_MAD_FLOOR = 0.01


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
    """The samples of one measure of one column, round by round. What costs time is computed once."""

    rounds: tuple[tuple[float, ...], ...]

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
        """The median of all samples; `None` without any, as are low and high."""
        return float(np.median(self.values)) if self.values else None

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
    def log_error(self) -> float | None:
        """The bootstrap standard error of the median's logarithm.

        `None` below `MIN_ROUNDS` rounds, and where a median is not positive.
        """
        if self.median is None or self.median <= 0 or self.rounds_with_samples < MIN_ROUNDS:
            return None
        medians = resampled_medians(self.rounds)
        return float(np.log(medians).std(ddof=1)) if medians.min() > 0 else None

    @cached_property
    def interval(self) -> Interval | None:
        """The 95 % interval of the median, `None` where there is no standard error."""
        if self.median is None or self.log_error is None:
            return None
        return _t_interval(self.median, self.log_error, self.rounds_with_samples - 1)


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

    The two are independent, so the variances of their logarithms add up, with the degrees of freedom of Welch and
    Satterthwaite (Welch 1947, Biometrika 34, 28-35). `ratio(b, a)` is the reciprocal, with the same verdict.
    """
    if a.median is None or b.median is None or b.median <= 0:
        return None
    value = a.median / b.median
    if a.log_error is None or b.log_error is None:
        return Ratio(value, None)
    variances = np.array([a.log_error, b.log_error]) ** 2
    freedoms = np.array([a.rounds_with_samples, b.rounds_with_samples]) - 1
    if not variances.any():
        return Ratio(value, Interval(value, value))
    freedom = variances.sum() ** 2 / (variances**2 / freedoms).sum()
    return Ratio(value, _t_interval(value, float(variances.sum()) ** 0.5, float(freedom)))


def resampled_medians(rounds: Rounds) -> NDArray[np.float64]:
    """Return medians of a two-level bootstrap: rounds drawn with replacement, then samples within each drawn round.

    Rounds without samples do not count, and one at least has some. Rounds may differ in size; a drawn round gives as
    many samples as it has. The same samples give the same medians each time and on each machine, whatever the order of
    rounds and of samples.

    Source: Davison and Hinkley 1997, Bootstrap Methods and their Application, section 3.8 on hierarchical data; of the
    variants there this is the one with replacement at both levels.
    """
    drawable = sorted(sorted(samples) for samples in rounds if samples)
    sizes = np.array([len(samples) for samples in drawable], dtype=np.int64)
    widest = int(sizes.max())
    table = np.full((len(drawable), widest), np.inf)
    for row, samples in zip(table, drawable, strict=True):
        row[: len(samples)] = samples

    random = np.random.default_rng(_SEED)
    drawn = random.integers(len(drawable), size=(REPLICATES, len(drawable)))
    drawn_sizes = sizes[drawn][:, :, None]
    trials = (random.random((REPLICATES, len(drawable), widest)) * drawn_sizes).astype(np.int64)
    # A place beyond a round's size holds infinity, which sorts to the end, after what was drawn.
    values = np.where(np.arange(widest) < drawn_sizes, table[drawn[:, :, None], trials], np.inf)
    ordered = np.sort(values.reshape(REPLICATES, -1), axis=1)
    counts = sizes[drawn].sum(axis=1)
    every = np.arange(REPLICATES)
    middle: NDArray[np.float64] = (ordered[every, (counts - 1) // 2] + ordered[every, counts // 2]) / 2
    return middle


def _t_interval(value: float, log_error: float, freedom: float) -> Interval:
    """Return the 95 % t interval of a positive value whose logarithm has this bootstrap standard error.

    Percentiles of so few rounds would not do: no percentile leaves the range of the samples, and four rounds fall on
    one side of the truth in one case of eight. Student's t knows that the error itself is uncertain (the t interval
    with bootstrap standard error of Hesterberg 2015, What Teachers Should Know About the Bootstrap, The American
    Statistician 69(4), 371-386). Logarithms, because latencies scatter by shares and because the interval of a
    reciprocal is then the reciprocal of the interval.
    """
    reach = float(np.exp(stdtrit(freedom, (1 + _CONFIDENCE) / 2) * log_error))
    return Interval(value / reach, value * reach)


def drift(rounds: Rounds) -> float:
    """Return by which share the greatest median of a round exceeds the least, for positive samples; 0 for one round."""
    return spread([float(np.median(r)) for r in rounds if r])


def outliers(values: Sequence[float]) -> list[int]:
    """Return the indices of values further than 5 scaled MADs from the median; none for fewer than five values.

    The scaled MAD, 1.4826 times the median absolute deviation, estimates a normal standard deviation, and outliers do
    not move it (Leys et al. 2013, Journal of Experimental Social Psychology 49(4), 764-766). They advise 2.5
    to 3; latencies have long tails, hence 5. Samples that are nearly constant have a MAD near 0, which would flag
    microseconds: it counts as 1 % of the median at least. To be shown, never to be dropped.
    """
    if len(values) < _MIN_FOR_OUTLIERS:
        return []
    median = float(np.median(values))
    deviations = np.abs(np.asarray(values) - median)
    mad = max(float(np.median(deviations)), _MAD_FLOOR * abs(median))
    return [int(i) for i in np.flatnonzero(deviations > _OUTLIER_MADS * _MAD_TO_SD * mad)]
