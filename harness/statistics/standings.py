"""Ranks systems and finds which of them are separable, by simultaneous tests of all pairs in a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from harness.statistics.samples import MIN_LAPS, Sample

FAMILY_ERROR = 0.05
"""The permitted share of rows of identical systems with any mark."""
_BORROWED, _MOST_BORROWED = 0.25, 2.0
"""Degrees of freedom that a system's variance borrows from each system beyond a pair, and the maximum. Simulated rows
of identical systems keep the error rate with these values (docs/method/validation.md)."""
_RANK_TOLERANCE = 1e-9
"""Effects are only known up to a common constant. A singular value below this share of the largest counts as zero."""


@dataclass(frozen=True)
class Standing:
    """A system's position among the systems of its row.

    `rank` is 1 plus the number of systems that are separably lower. `inseparable` has the indices of the systems
    that are not separable from it. This is not transitive, so ranks may repeat and leave gaps.
    """

    rank: int
    inseparable: tuple[int, ...]


def standings(samples: Sequence[Sample]) -> list[Standing | None]:
    """Return the standing of each of a benchmark's sample sets. It is `None` if one has fewer than `MIN_LAPS` laps.

    A linear model splits the logarithms of the laps' medians into system, lap and residual. Welch's t test compares two
    systems by the variances of their residuals, moderated by those of all systems. Holm's procedure (1979, Scandinavian
    Journal of Statistics 6, 65-70) limits the probability of any false mark among all pairs to `FAMILY_ERROR`, for any
    number of pairs. Laps of all machines count.
    """
    samples = [each.everywhere for each in samples]
    known = [index for index, each in enumerate(samples) if len(each.laps) >= MIN_LAPS and each.logarithmic]
    found: list[Standing | None] = [None] * len(samples)
    if len(known) < 2:
        return [Standing(1, ()) if index in known else None for index in range(len(samples))]
    effects, squared_errors, freedoms = _fit([samples[index] for index in known])
    first, second = np.triu_indices(len(known), 1)
    p_values = _p_values(effects[first] - effects[second], squared_errors[[first, second]], freedoms[[first, second]])
    apart = np.zeros((len(known), len(known)), dtype=np.bool_)
    for pair in holm(p_values, FAMILY_ERROR):
        a, b = first[pair], second[pair]
        apart[a, b] = apart[b, a] = True
    for place, index in enumerate(known):
        rank = 1 + int((apart[place] & (effects < effects[place])).sum())
        alike = tuple(known[other] for other in range(len(known)) if other != place and not apart[place, other])
        found[index] = Standing(rank, alike)
    return found


def holm(p_values: Sequence[float], error: float) -> list[int]:
    """Return the indices of the hypotheses that Holm's step-down procedure rejects at this family-wise error."""
    rejected = []
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[index] > error / (len(p_values) - place):
            break
        rejected.append(index)
    return rejected


def _fit(samples: Sequence[Sample]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return each system's effect on the logarithm, its squared standard error and the error's degrees of freedom.

    This is a least-squares fit of system and lap, and systems may lack laps. A system's variance is the sum of its
    squared residuals divided by its share of their degrees of freedom. k systems over L laps leave (k - 1)(L - 1)
    degrees of freedom, and each system has one k-th of them. For two systems, this is the paired t test. For more, the
    pooled variance of all systems moderates a variance from few laps, as some additional degrees of freedom (Smyth
    2004, Statistical Applications in Genetics and Molecular Biology 3(1), 3, with a fixed weight). No variance becomes
    smaller by this.
    """
    laps = sorted({lap for each in samples for lap in each.laps})
    there = np.array([[lap in each.laps for lap in laps] for each in samples], dtype=np.float64)
    values = np.array([[each.laps.get(lap, 0.0) for lap in laps] for each in samples])
    counts, shares = there.sum(axis=1), there / there.sum(axis=0)
    # The normal equations leave out the laps' effects, because there may be hundreds of laps but few systems.
    normal, right = np.diag(counts) - shares @ there.T, values.sum(axis=1) - shares @ values.sum(axis=0)
    effects = np.linalg.lstsq(normal, right, rcond=_RANK_TOLERANCE)[0]
    lap_effects = (shares * (values - effects[:, None])).sum(axis=0)
    residuals = (values - effects[:, None] - lap_effects) * there
    freedoms = (counts - 1) * (len(samples) - 1) / len(samples)
    squares = (residuals**2).sum(axis=1)
    borrowed = min(_BORROWED * (len(samples) - 2), _MOST_BORROWED)
    moderated = (squares + borrowed * squares.sum() / freedoms.sum()) / (freedoms + borrowed)
    variances = np.maximum(squares / freedoms, moderated)
    return effects, variances / counts, freedoms + borrowed


def _p_values(
    differences: NDArray[np.float64], squared_errors: NDArray[np.float64], freedoms: NDArray[np.float64]
) -> list[float]:
    """Return the p-value of each pair's difference, by Welch's t test. A certain difference has 0."""
    total = squared_errors.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = total**2 / (squared_errors**2 / freedoms).sum(axis=0)
        p_values = 2 * stdtr(freedom, -np.abs(differences) / np.sqrt(total))
    found: list[float] = np.where(total > 0, p_values, differences == 0).tolist()
    return found
