"""By which rule an orchestrator waits before it tries a step again, read from what its trials show."""

from collections.abc import Iterable, Sequence
from statistics import quantiles
from typing import Literal

from harness.experiment.timeline import STEPS, Event, retry_delays_s

RetryRule = Literal["constant", "changing"]

LEAST_CHANGE_S = 0.5
"""How far apart all first and all second waits must lie for a delay that changes; a backoff of 1 s and 2 s gives 1.0.

Medians would not do. A scheduler that looks once a second gives first waits of 1 to 2 s, as the first failure comes,
and second ones of 2 s, since the second failure comes right after a look: medians may lie more than 0.5 s apart.
"""


def retry_rule(trials: Iterable[Sequence[Event]]) -> RetryRule | None:
    """Return whether second waits of a step lie apart from first ones, over all trials; `None` without any of them."""
    waits = [retry_delays_s(events, step) for events in trials for step in STEPS]
    first, second = [each[0] for each in waits if each], [each[1] for each in waits if len(each) > 1]
    if not (first and second):
        return None
    (first_low, first_high), (second_low, second_high) = _range(first), _range(second)
    apart_s = max(second_low - first_high, first_low - second_high)
    return "changing" if apart_s > LEAST_CHANGE_S else "constant"


def _range(waits: Sequence[float]) -> tuple[float, float]:
    """Return where most waits lie, without a tenth at either end: one that a busy machine held up tells little."""
    if len(waits) == 1:
        return waits[0], waits[0]
    tenths = quantiles(waits, n=10, method="inclusive")
    return tenths[0], tenths[-1]
