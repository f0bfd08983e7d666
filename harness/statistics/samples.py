"""Samples and what one set of them says: pure functions, no records and no formats.

Samples come in rounds, and rounds in laps. A round is one stack's life, and the trials of one life resemble each other
more than those of two; a lap is one round of every system within a short time, so that a machine which slowly changes
its speed meets all of them alike. What a lap says of a system is therefore one number, and every uncertainty is that
between laps.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, median

from scipy.special import stdtrit

MIN_LAPS = 3
"""The least for which simulated intervals hold the truth as often as they say (docs/method/validation.md)."""
_CONFIDENCE = 0.95

_MIN_FOR_OUTLIERS = 5
_OUTLIER_MADS = 5.0
_MAD_TO_SD = 1.4826
_MAD_FLOOR = 0.01


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval, both ends within it."""

    low: float
    high: float

    def includes(self, value: float) -> bool:
        """Whether the value lies within the interval."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Round:
    """The samples of one stack's life, and the lap that it was part of."""

    lap: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Sample:
    """The samples of one measure of one column, round by round. What costs time is computed once."""

    rounds: tuple[Round, ...]

    @cached_property
    def values(self) -> tuple[float, ...]:
        """All samples, round after round."""
        return tuple(value for each in self.rounds for value in each.values)

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.values)

    @property
    def low(self) -> float | None:
        """The least sample; `None` without any, as are `high` and `typical`."""
        return min(self.values, default=None)

    @property
    def high(self) -> float | None:
        """The greatest sample."""
        return max(self.values, default=None)

    @cached_property
    def medians(self) -> tuple[tuple[int, float], ...]:
        """The lap and the median of each round that has samples."""
        return tuple((each.lap, median(each.values)) for each in self.rounds if each.values)

    @cached_property
    def logarithmic(self) -> bool:
        """Whether laps are averaged as logarithms: latencies scatter by shares, but zero and less have no logarithm."""
        return all(value > 0 for _, value in self.medians)

    @cached_property
    def laps(self) -> Mapping[int, float]:
        """What each lap says: the mean of its rounds' medians, as logarithms where the sample is `logarithmic`."""
        by_lap: dict[int, list[float]] = {}
        for lap, value in self.medians:
            by_lap.setdefault(lap, []).append(math.log(value) if self.logarithmic else value)
        return {lap: fmean(values) for lap, values in by_lap.items()}

    @cached_property
    def typical(self) -> float | None:
        """The mean of what the laps say: of positive samples, the geometric mean of the laps' medians."""
        return self._shown(fmean(self.laps.values())) if self.laps else None

    @cached_property
    def interval(self) -> Interval | None:
        """The 95 % interval of `typical`, by Student's t over laps; `None` below `MIN_LAPS` laps."""
        if len(self.laps) < MIN_LAPS:
            return None
        low, high = t_interval(list(self.laps.values()))
        return Interval(self._shown(low), self._shown(high))

    def shifted(self, by: float) -> "Sample":
        """Return these samples, each greater by so much."""
        return Sample(tuple(Round(each.lap, tuple(value + by for value in each.values)) for each in self.rounds))

    def _shown(self, value: float) -> float:
        return math.exp(value) if self.logarithmic else value


def t_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the 95 % interval of the mean of two values or more, by Student's t."""
    centre, reach = fmean(values), t_reach(standard_error(values), len(values) - 1)
    return centre - reach, centre + reach


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of two values or more."""
    centre = fmean(values)
    return math.sqrt(sum((value - centre) ** 2 for value in values) / (len(values) - 1) / len(values))


def t_reach(error: float, freedom: float) -> float:
    """Return how far a 95 % interval reaches to each side, for this standard error and these degrees of freedom."""
    return float(stdtrit(freedom, (1 + _CONFIDENCE) / 2)) * error


def spread(medians: Sequence[float]) -> float:
    """Return by which share the greatest of some positive medians exceeds the least; 0 for fewer than two."""
    return max(medians) / min(medians) - 1 if len(medians) > 1 else 0.0


def drift(sample: Sample) -> float:
    """Return by which share the greatest median of a round exceeds the least, for positive samples; 0 for one round."""
    return spread([value for _, value in sample.medians])


def outliers(values: Iterable[float]) -> list[int]:
    """Return the indices of values further than 5 scaled MADs from the median; none for fewer than five values.

    The scaled MAD, 1.4826 times the median absolute deviation, estimates a normal standard deviation, and outliers do
    not move it (Leys et al. 2013, Journal of Experimental Social Psychology 49(4), 764-766). They advise 2.5
    to 3; latencies have long tails, hence 5. Samples that are nearly constant have a MAD near 0, which would flag
    microseconds: it counts as 1 % of the median at least. To be shown, never to be dropped.
    """
    known = list(values)
    if len(known) < _MIN_FOR_OUTLIERS:
        return []
    middle = median(known)
    deviations = [abs(value - middle) for value in known]
    mad = max(median(deviations), _MAD_FLOOR * abs(middle))
    return [index for index, deviation in enumerate(deviations) if deviation > _OUTLIER_MADS * _MAD_TO_SD * mad]
