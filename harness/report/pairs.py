"""Pairs of columns: what tuning gains of each tool, and of which two nobody knows which has less."""

from collections.abc import Callable, Sequence

from harness.orchestrators.manifest import DEFAULTS
from harness.report.column import Column
from harness.report.ranking import standing_of
from harness.statistics.ratios import Ratio, paired
from harness.statistics.samples import Sample

TUNED = "tuned"


def gains(everyone: Sequence[Column], sample: Callable[[Column], Sample]) -> list[tuple[Column, Ratio]]:
    """Return each tuned column with how many times its number its defaults have, greatest first.

    Left out are tools without both profiles, and those of too few laps for an interval.
    """
    profiles = {(column.system.name, column.profile): column for column in everyone}
    found = []
    for (name, profile), tuned in profiles.items():
        before = profiles.get((name, DEFAULTS))
        if profile == TUNED and before is not None:
            times = paired(sample(before), sample(tuned))
            if times is not None and times.interval is not None:
                found.append((tuned, times))
    return sorted(found, key=lambda each: -each[1].value)


def undecided(
    shown: Sequence[Column], everyone: Sequence[Column], sample: Callable[[Column], Sample]
) -> list[tuple[Column, Column]]:
    """Return the pairs of `shown` that cannot be told apart among all, in their order."""
    return [
        (column, other)
        for place, column in enumerate(shown)
        if (standing := standing_of(column, everyone, sample))
        for other in shown[place + 1 :]
        if everyone.index(other) in standing.inseparable
    ]
