"""The delays asked of a trial: a function of its id alone, computed alike by the server and by the test.

An id is a kind, a dash and a number: `quarter-03`, `jittered-11`.
"""

import random
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Delays:
    """Seconds from the trigger's answer to the first step, between two steps, and from the last to the final state."""

    dispatch_s: float
    hop_s: float
    finish_s: float


IMMEDIATE = "immediate"
JITTERED = "jittered"
KNOWN = {
    "quarter": Delays(0.25, 0.25, 0.3),
    "second": Delays(1, 0.5, 0.7),
}
KINDS = (IMMEDIATE, *KNOWN, JITTERED)
SPREAD_S = 0.02
"""What `finish` is spread over, evenly and by number: one poll of the harness. An end that always came at the same time
after the last step would meet the polls at the same place each time, and the median error were that place."""
_GOLDEN_RATIO = (5**0.5 - 1) / 2
"""Multiples of it, less their whole part, spread evenly however many there are."""


def delays(trial: str) -> Delays:
    """Return the delays of a trial; each of a jittered one is uniform over a span that no polling period divides."""
    kind, _, number = trial.partition("-")
    if kind == IMMEDIATE:
        return Delays(0, 0, 0)
    if kind == JITTERED:
        chance = random.Random(trial)
        return Delays(chance.uniform(0, 1.5), chance.uniform(0, 0.75), chance.uniform(0, 1.5))
    known = KNOWN[kind]
    return replace(known, finish_s=known.finish_s + SPREAD_S * (int(number) * _GOLDEN_RATIO % 1))
