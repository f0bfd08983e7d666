"""The delays of a trial, which depend only on its id. The server and the test compute the same delays.

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
"""The range of `finish`, evenly by number: one poll of the harness.

Ends that always came at the same time after the last step would meet the polls at the same place each time, and that
place would be the median error.
"""
_GOLDEN_RATIO = (5**0.5 - 1) / 2
"""The fractional parts of its multiples are spread evenly, however many there are."""


def delays(trial: str) -> Delays:
    """Return the delays of a trial. A jittered delay is uniform over a range that no polling period divides."""
    kind, _, number = trial.partition("-")
    if kind == IMMEDIATE:
        return Delays(0, 0, 0)
    if kind == JITTERED:
        chance = random.Random(trial)
        return Delays(chance.uniform(0, 1.5), chance.uniform(0, 0.75), chance.uniform(0, 1.5))
    known = KNOWN[kind]
    return replace(known, finish_s=known.finish_s + SPREAD_S * (int(number) * _GOLDEN_RATIO % 1))
