"""The true delays of a trial: a function of its id alone, computed alike by the server that keeps them and by the test.

An id is a kind, a dash and anything: `quarter-03`, `jittered-11`.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Delays:
    """Seconds from the trigger's answer to the first step, between two steps, and from the last to the final state."""

    dispatch_s: float
    hop_s: float
    finish_s: float


KNOWN = {
    "immediate": Delays(0, 0, 0),
    "quarter": Delays(0.25, 0.25, 0.3),
    "second": Delays(1, 0.5, 0.7),
}
JITTERED = "jittered"
KINDS = (*KNOWN, JITTERED)


def delays(trial: str) -> Delays:
    """Return the delays of a trial; each of a jittered one is uniform over a span that no polling period divides."""
    kind = trial.partition("-")[0]
    if kind == JITTERED:
        chance = random.Random(trial)
        return Delays(chance.uniform(0, 1.5), chance.uniform(0, 0.75), chance.uniform(0, 1.5))
    return KNOWN[kind]
