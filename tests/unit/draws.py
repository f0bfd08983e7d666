"""Sample sets for tests of statistics."""

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from harness.statistics.samples import MIN_LAPS, Interval, RoundSamples, Sample

SECONDS = st.floats(min_value=1e-3, max_value=1e4)


def rounds(*laps: tuple[float, ...]) -> Sample:
    """One round in each lap, with these samples."""
    return Sample(tuple(RoundSamples(lap, values) for lap, values in enumerate(laps, start=1)))


ANY = st.lists(st.lists(SECONDS, max_size=5).map(tuple), max_size=6).map(lambda laps: rounds(*laps))
ENOUGH = st.lists(st.lists(SECONDS, min_size=1, max_size=5).map(tuple), min_size=MIN_LAPS, max_size=6).map(
    lambda laps: rounds(*laps)
)
# A busy machine is slow, so time is not tested here.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def lognormal(sd: float, laps: int = 4, trials: int = 3, centre: float = 10.0, seed: int = 1) -> Sample:
    values = centre * np.exp(np.random.default_rng(seed).normal(0, sd, (laps, trials)))
    return rounds(*(tuple(row) for row in values.tolist()))


def known(found: Interval | None) -> Interval:
    assert found is not None
    return found
