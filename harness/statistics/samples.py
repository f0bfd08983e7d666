"""Statistics of one sample set, as pure functions without records or formats.

Samples belong to rounds, and rounds to laps. A round is the lifetime of one stack, and its trials resemble each other
more than those of different rounds. A lap is one round of every system within a short time, so that slow changes in a
machine's speed affect all systems alike. A lap therefore yields one value per system, and all uncertainty is between
laps.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, median

from scipy.special import stdtrit

MIN_LAPS = 3
"""The minimum for which simulated intervals have their nominal coverage (docs/method/validation.md)."""
_CONFIDENCE = 0.95

_MIN_FOR_OUTLIERS = 5
_OUTLIER_MADS = 5.0
_MAD_TO_SD = 1.4826
_MAD_FLOOR = 0.01


@dataclass(frozen=True)
class Interval:
    """A 95% confidence interval that includes both ends."""

    low: float
    high: float

    def includes(self, value: float) -> bool:
        """Say if the value is within the interval."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class RoundSamples:
    """The samples of one stack's lifetime, and its lap."""

    lap: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Sample:
    """The samples of one measure of one column, round by round. Slow computations are cached.

    `offset` is added to every displayed number. Laps are averaged without it, so the typical retry and the typical
    delay exceed the configured delay by the same amount.

    `elsewhere` are the rounds of other machines. Two machines have no common number, so these rounds count only in
    comparisons of systems within laps.
    """

    rounds: tuple[RoundSamples, ...]
    offset: float = 0.0
    elsewhere: tuple[RoundSamples, ...] = ()

    @cached_property
    def everywhere(self) -> "Sample":
        """The samples of all machines, for comparisons of systems within laps."""
        return replace(self, rounds=(*self.rounds, *self.elsewhere), elsewhere=()) if self.elsewhere else self

    @cached_property
    def values(self) -> tuple[float, ...]:
        """All samples, round by round."""
        return tuple(value + self.offset for each in self.rounds for value in each.values)

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.values)

    @property
    def low(self) -> float | None:
        """The smallest sample. Like `high` and `typical`, it is `None` without samples."""
        return min(self.values, default=None)

    @property
    def high(self) -> float | None:
        """The largest sample."""
        return max(self.values, default=None)

    @cached_property
    def medians(self) -> tuple[tuple[int, float], ...]:
        """The lap and the median of each round that has samples."""
        return tuple((each.lap, median(each.values)) for each in self.rounds if each.values)

    @cached_property
    def logarithmic(self) -> bool:
        """True if laps are averaged as logarithms. Latencies vary by factors, but logarithms need positive values."""
        return all(value > 0 for _, value in self.medians)

    @cached_property
    def laps(self) -> Mapping[int, float]:
        """The value of each lap: the mean of its rounds' medians, as logarithms if the sample is `logarithmic`."""
        by_lap: dict[int, list[float]] = {}
        for lap, value in self.medians:
            by_lap.setdefault(lap, []).append(math.log(value) if self.logarithmic else value)
        return {lap: fmean(values) for lap, values in by_lap.items()}

    @cached_property
    def typical(self) -> float | None:
        """The mean of the laps' values. For positive samples, it is the geometric mean of the laps' medians."""
        return self._shown(fmean(self.laps.values())) if self.laps else None

    @cached_property
    def interval(self) -> Interval | None:
        """The 95% interval of `typical` by Student's t over laps, or `None` below `MIN_LAPS` laps."""
        if len(self.laps) < MIN_LAPS:
            return None
        low, high = t_interval(list(self.laps.values()))
        return Interval(self._shown(low), self._shown(high))

    def shifted(self, by: float) -> "Sample":
        """Return these samples with this amount added to each."""
        return replace(self, offset=self.offset + by)

    def _shown(self, value: float) -> float:
        return (math.exp(value) if self.logarithmic else value) + self.offset


def t_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the 95% interval of the mean of at least two values, by Student's t."""
    centre, reach = fmean(values), t_reach(standard_error(values), len(values) - 1)
    return centre - reach, centre + reach


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of at least two values."""
    centre = fmean(values)
    return math.sqrt(sum((value - centre) ** 2 for value in values) / (len(values) - 1) / len(values))


def t_reach(error: float, freedom: float) -> float:
    """Return the half-width of a 95% interval for this standard error and these degrees of freedom."""
    return float(stdtrit(freedom, (1 + _CONFIDENCE) / 2)) * error


def spread(medians: Sequence[float]) -> float:
    """Return the share by which the largest positive median exceeds the smallest, or 0 below two medians."""
    return max(medians) / min(medians) - 1 if len(medians) > 1 else 0.0


def drift(sample: Sample) -> float:
    """Return the share by which the largest median of a round exceeds the smallest, for positive samples."""
    return spread([value for _, value in sample.medians])


def outliers(values: Iterable[float]) -> list[int]:
    """Return the indices of values more than 5 scaled MADs from the median. Below five values, there are none.

    The scaled MAD, 1.4826 times the median absolute deviation, estimates a normal standard deviation and resists
    outliers (Leys et al. 2013, Journal of Experimental Social Psychology 49(4), 764-766). The authors advise 2.5 to 3,
    but latencies have long tails, so this uses 5. Nearly constant samples have a MAD near 0, which would flag
    differences of microseconds, so it is at least 1% of the median. Outliers are shown and never dropped.
    """
    known = list(values)
    if len(known) < _MIN_FOR_OUTLIERS:
        return []
    middle = median(known)
    deviations = [abs(value - middle) for value in known]
    mad = max(median(deviations), _MAD_FLOOR * abs(middle))
    return [index for index, deviation in enumerate(deviations) if deviation > _OUTLIER_MADS * _MAD_TO_SD * mad]
