"""Derives the rule of an orchestrator's retry delays from its trials."""

from collections.abc import Iterable, Sequence
from statistics import quantiles
from typing import Literal

from harness.experiment.timeline import STEPS, Event, retry_delays_s

RetryRule = Literal["constant", "changing"]

LEAST_CHANGE_S = 0.5
"""How far apart all first and all second delays must be if the delay changes. A backoff of 1 s and 2 s gives 1.0.

Medians are not enough. A scheduler with a loop of 1 s delays first retries by 1 to 2 s, because a first failure comes
at any time. It delays second retries by 2 s, because a second failure comes right after a loop.
"""


def retry_rule(trials: Iterable[Sequence[Event]]) -> RetryRule | None:
    """Return whether second delays of steps differ from first delays, over all trials. `None` without any delay."""
    waits = [retry_delays_s(events, step) for events in trials for step in STEPS]
    first, second = [each[0] for each in waits if each], [each[1] for each in waits if len(each) > 1]
    if not (first and second):
        return None
    (first_low, first_high), (second_low, second_high) = _range(first), _range(second)
    apart_s = max(second_low - first_high, first_low - second_high)
    return "changing" if apart_s > LEAST_CHANGE_S else "constant"


def _range(waits: Sequence[float]) -> tuple[float, float]:
    """Return the range of delays without the lowest and highest tenth, which a busy machine can cause."""
    if len(waits) == 1:
        return waits[0], waits[0]
    tenths = quantiles(waits, n=10, method="inclusive")
    return tenths[0], tenths[-1]
