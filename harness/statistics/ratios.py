"""Ratios of two sample sets: paired by lap within one benchmark, unpaired between two benchmarks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.statistics.samples import MIN_LAPS, Interval, Sample, standard_error, t_interval, t_reach


@dataclass(frozen=True)
class Ratio:
    """The ratio of two measures, with its 95% interval if there are enough laps."""

    value: float
    interval: Interval | None

    @property
    def separable(self) -> bool:
        """True if there is an interval and 1 is outside it."""
        return self.interval is not None and not self.interval.includes(1.0)


def paired(a: Sample, b: Sample) -> Ratio | None:
    """Return a / b of one benchmark: the geometric mean of the laps' ratios, with the interval of a paired t test.

    A lap's effect on both, such as a slower machine, cancels out in the value and in its interval (Box, Hunter and
    Hunter 2005, Statistics for Experimenters, section 3.2). So the laps of all machines count. Because of the
    logarithms, `paired(b, a)` is the reciprocal. The ratio is `None` if no lap has both or a lap's median is not
    positive. It has no interval below `MIN_LAPS` common laps.
    """
    a, b = a.everywhere, b.everywhere
    common = a.laps.keys() & b.laps.keys()
    if not common or not (a.logarithmic and b.logarithmic):
        return None
    differences = [a.laps[lap] - b.laps[lap] for lap in sorted(common)]
    interval = _times(*t_interval(differences)) if len(differences) >= MIN_LAPS else None
    return Ratio(math.exp(fmean(differences)), interval)


def unpaired(a: Sample, b: Sample) -> Ratio | None:
    """Return a / b of two benchmarks with independent laps.

    The variances of their logarithms add up, with the degrees of freedom of Welch and Satterthwaite (Welch 1947,
    Biometrika 34, 28-35). The ratio is `None` if either has no sample or a lap's median is not positive. It has no
    interval if either has fewer than `MIN_LAPS` laps.
    """
    if not a.laps or not b.laps or not (a.logarithmic and b.logarithmic):
        return None
    both = [list(each.laps.values()) for each in (a, b)]
    difference = fmean(both[0]) - fmean(both[1])
    if min(map(len, both)) < MIN_LAPS:
        return Ratio(math.exp(difference), None)
    squared_errors = [standard_error(each) ** 2 for each in both]
    freedom = welch_freedom(squared_errors, [len(each) - 1 for each in both])
    reach = t_reach(sum(squared_errors) ** 0.5, freedom)
    return Ratio(math.exp(difference), _times(difference - reach, difference + reach))


def welch_freedom(squared_errors: Sequence[float], freedoms: Sequence[float]) -> float:
    """Return the degrees of freedom of a sum of independent squared standard errors, by Welch and Satterthwaite."""
    total = sum(squared_errors)
    if total == 0:
        return float(sum(freedoms))
    return total**2 / sum(error**2 / freedom for error, freedom in zip(squared_errors, freedoms, strict=True))


def _times(low: float, high: float) -> Interval:
    return Interval(math.exp(low), math.exp(high))
