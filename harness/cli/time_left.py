"""How long a benchmark still takes, in words."""

import math
from collections.abc import Sequence
from statistics import stdev


def time_left(expected_s: float, took: Sequence[tuple[float, float]]) -> str:
    """Say how long it still takes: what is expected, times what rounds took as a share of what was expected of them.

    `took` holds both for each round that ended. From two rounds on there is an uncertainty: one standard deviation of
    those shares, of a sum of as many rounds as are left by the mean, but at least of one.
    """
    if not took:
        return f"about {minutes(expected_s)} left"
    shares = [seconds / expected for seconds, expected in took if expected > 0] or [1.0]
    left_s = expected_s * sum(seconds for seconds, _ in took) / max(1.0, sum(expected for _, expected in took))
    if len(shares) == 1:
        return f"about {minutes(left_s)} left"
    rounds_left = max(1.0, expected_s * len(took) / max(1.0, sum(expected for _, expected in took)))
    return f"{minutes(left_s)} ± {minutes(left_s * stdev(shares) / math.sqrt(rounds_left))} left"


def minutes(seconds: float) -> str:
    """Say a time in minutes, a short one in seconds."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
