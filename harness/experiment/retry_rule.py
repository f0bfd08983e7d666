"""By which rule an orchestrator waits before it tries a step again, read from what its trials show."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal

from harness.experiment.timeline import STEPS, Event, retry_delays_s

RetryRule = Literal["constant", "changing"]

LEAST_CHANGE_S = 0.5
"""How far the medians of first and second waits may lie apart under one constant delay.

The greatest difference in any committed trial of a constant delay is 0.29 s; a backoff of 1 s and then 2 s gives 1.0.
"""


def retry_rule(trials: Iterable[Sequence[Event]]) -> RetryRule | None:
    """Return whether the second wait of a step is as long as the first, over all trials; `None` without any of them."""
    waits = [retry_delays_s(events, step) for events in trials for step in STEPS]
    first, second = [each[0] for each in waits if each], [each[1] for each in waits if len(each) > 1]
    if not (first and second):
        return None
    return "constant" if abs(median(second) - median(first)) <= LEAST_CHANGE_S else "changing"
