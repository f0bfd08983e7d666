"""Words for the remaining time of a benchmark."""

import math
from collections.abc import Sequence
from statistics import stdev


def time_left(expected_s: float, took: Sequence[tuple[float, float]]) -> str:
    """Return the remaining time: the expected time, scaled by how long past rounds took compared with expectations.

    `took` has actual and expected seconds of each finished round. From two rounds on, the result has an uncertainty:
    one standard deviation of these shares for the sum of the remaining rounds (at least one).
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
    """Return a time in minutes, or in seconds if it is short."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
