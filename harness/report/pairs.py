"""Pairs of columns: what tuning gains of each tool, and which two are tied. Knows profiles by their order only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.report.column import Column
from harness.report.ranking import EMULATOR, place, standing_of
from harness.results.environment import System
from harness.statistics.ratios import Ratio, paired
from harness.statistics.samples import Sample

_PAIR = 2


@dataclass(frozen=True)
class Tool:
    """One tool with its columns under the pair of profiles, in their order.

    A column is `None` if nothing was measured of it yet. A tool without the second profile has one column.
    """

    system: System
    columns: tuple[Column | None, ...]

    @property
    def measured(self) -> tuple[Column, ...]:
        """The columns that there are; never none."""
        return tuple(column for column in self.columns if column is not None)

    @property
    def last(self) -> Column:
        """The column of the last profile of the pair: its tuned one, if it has one."""
        return self.measured[-1]


def profile_order(systems: Iterable[System]) -> list[str]:
    """Return all profiles that systems have, each after those that stand before it in any manifest."""
    places: dict[str, int] = {}
    for system in systems:
        for number, name in enumerate(system.profiles):
            places[name] = max(number, places.get(name, 0))
    return sorted(places, key=places.__getitem__)


def pair(everyone: Sequence[Column]) -> tuple[str, ...]:
    """Return the two profiles that are compared at a glance, the plain one first; one, if there are no two."""
    return tuple(profile_order(column.system for column in everyone if not column.system.baseline)[:_PAIR])


def tools(everyone: Sequence[Column], sample: Callable[[Column], Sample]) -> list[Tool]:
    """Return the tools mode by mode, those with the lowest number under their last profile first; no baseline."""
    profiles = pair(everyone)
    own: dict[str, dict[str, Column]] = {}
    for column in everyone:
        if not column.system.baseline:
            own.setdefault(column.system.name, {})[column.profile] = column
    found = [_tool(columns, profiles) for columns in own.values()]

    def key(tool: Tool) -> tuple[int, bool, float]:
        # Like the ranks, the order comes from the laps of all machines.
        typical = sample(tool.last).everywhere.typical
        return place(tool.last, everyone), typical is None, typical or 0.0

    return sorted(found, key=key)


def ranked_tools(everyone: Sequence[Column], sample: Callable[[Column], Sample]) -> list[Tool]:
    """Return `tools` without emulators, which are never ranked."""
    return [tool for tool in tools(everyone, sample) if tool.system.mode != EMULATOR]


def _tool(columns: dict[str, Column], profiles: Sequence[str]) -> Tool:
    system = next(iter(columns.values())).system
    chosen = tuple(columns.get(name) for name in profiles if name in system.profiles)
    # A tool that was measured under neither of the pair still has its row.
    return Tool(system, chosen if any(chosen) else tuple(columns.values())[:1])


def gains(everyone: Sequence[Column], sample: Callable[[Column], Sample]) -> list[tuple[Column, Ratio]]:
    """Return each tool's last column with how many times its number the first one has, greatest first.

    Left out are tools without both profiles, and those of too few laps for an interval.
    """
    found = []
    for tool in tools(everyone, sample):
        if len(tool.measured) == _PAIR:
            before, after = tool.measured
            times = paired(sample(before), sample(after))
            if times is not None and times.interval is not None:
                found.append((after, times))
    return sorted(found, key=lambda each: -each[1].value)


def undecided(
    shown: Sequence[Column], everyone: Sequence[Column], sample: Callable[[Column], Sample]
) -> list[tuple[Column, Column]]:
    """Return the pairs of `shown` that are tied among all, in their order."""
    return [
        (column, other)
        for number, column in enumerate(shown)
        if (standing := standing_of(column, everyone, sample))
        for other in shown[number + 1 :]
        if everyone.index(other) in standing.inseparable
    ]
