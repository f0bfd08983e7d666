"""Statistics of samples: pure functions, no records and no formats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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
