"""All rows of a result, and what follows from comparing them: modes, ranks, ties, and what tuning changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from harness.orchestrators.manifest import MODES, Mode
from harness.report.measures import OVERHEAD, Measure
from harness.report.row import EMULATOR, Row
from harness.results.environment import System, modes_among
from harness.results.records import (
    Base,
    BuiltRecord,
    CodeRecord,
    RoundRecord,
    SetupRecord,
    TrialRecord,
    UnitTestRecord,
)
from harness.results.result import Result
from harness.statistics.ratios import Ratio, paired
from harness.statistics.standings import Standing, standings

_Kind = TypeVar("_Kind", bound=Base)
_PAIR = 2


@dataclass(frozen=True)
class Tool:
    """One tool with its rows under the pair of profiles, in their order.

    A row is `None` if nothing was measured of it yet. A tool without the second profile has one row. If the profile of
    that row is not the first of the pair, `odd_profile` names it.
    """

    system: System
    rows: tuple[Row | None, ...]
    odd_profile: str = ""

    @property
    def name(self) -> str:
        """The title, with the profile if that is odd."""
        return f"{self.system.title} ({self.odd_profile})" if self.odd_profile else self.system.title

    @property
    def measured(self) -> tuple[Row, ...]:
        """The rows with measurements. There is at least one."""
        return tuple(row for row in self.rows if row is not None)

    @property
    def last(self) -> Row:
        """The row of the tuned profile, if the tool has one."""
        return self.measured[-1]

    def gain(self, measure: Measure) -> Ratio | None:
        """Return the factor by which the second row has less than the first. `None` if it is unknown."""
        if len(self.measured) < _PAIR:
            return None
        before, after = self.measured
        return paired(measure.sample(before), measure.sample(after))


@dataclass(frozen=True, eq=False)
class Lineup:
    """The rows of a result, by mode, then in the order of its environment."""

    result: Result
    rows: tuple[Row, ...]

    @cached_property
    def modes(self) -> list[Mode]:
        """The modes of the rows in display order, without the baseline's."""
        return modes_among(row.system for row in self.rows)

    @property
    def baseline(self) -> Row | None:
        """The row of the baseline."""
        return next((row for row in self.rows if row.system.baseline), None)

    @cached_property
    def pair(self) -> tuple[str, ...]:
        """The two profiles that are compared at a glance, defaults first. Only one if there are no two."""
        return tuple(profile_order(row.system for row in self.rows if not row.system.baseline)[:_PAIR])

    def standings(self, measure: Measure) -> list[Standing | None]:
        """Return the standing of each row in its ranking, with indices of `rows`.

        It is `None` with too few laps, and for rows that are not ranked.
        """
        found: list[Standing | None] = [None] * len(self.rows)
        for mode in self.modes:
            together = [row for row in self.rows if row.ranking == mode]
            for row, standing in zip(together, standings([measure.sample(row) for row in together]), strict=True):
                if standing is not None:
                    tied = tuple(together[other].index for other in standing.inseparable)
                    found[row.index] = Standing(standing.rank, tied)
        return found

    @cached_property
    def _by_overhead(self) -> list[Standing | None]:
        return self.standings(OVERHEAD)

    def standing(self, row: Row) -> Standing | None:
        """Return the standing of a row by overhead."""
        return self._by_overhead[row.index]

    @cached_property
    def ordered(self) -> list[Row]:
        """The rows mode by mode, lowest overhead first. Rows without a number come last."""
        return sorted(self.rows, key=_order)

    @cached_property
    def tools(self) -> list[Tool]:
        """The tools mode by mode, ordered by the overhead of their last profile. The baseline is not a tool."""
        own: dict[str, dict[str, Row]] = {}
        for row in self.rows:
            if not row.system.baseline:
                own.setdefault(row.system.name, {})[row.profile] = row
        return sorted((self._tool(rows) for rows in own.values()), key=lambda tool: _order(tool.last))

    @property
    def ranked_tools(self) -> list[Tool]:
        """The tools without emulators, which are never ranked."""
        return [tool for tool in self.tools if tool.system.mode != EMULATOR]

    def gains(self, measure: Measure) -> list[tuple[Row, Ratio]]:
        """Return each tool's last row with the factor by which it has less than the first, largest factor first.

        Tools without both profiles, or with too few laps for an interval, are left out.
        """
        known = [(tool.last, times) for tool in self.tools if (times := tool.gain(measure)) and times.interval]
        return sorted(known, key=lambda each: -each[1].value)

    def ties(self, rows: Sequence[Row]) -> list[tuple[Row, Row]]:
        """Return the pairs of these rows whose overhead is tied, in their order."""
        return [
            (row, other)
            for number, row in enumerate(rows)
            if (standing := self.standing(row))
            for other in rows[number + 1 :]
            if other.index in standing.inseparable
        ]

    def _tool(self, own: dict[str, Row]) -> Tool:
        system = next(iter(own.values())).system
        rows = tuple(own.get(name) for name in self.pair if name in system.profiles)
        if not any(rows):
            # A tool that was measured under neither profile of the pair still has its row.
            rows = tuple(own.values())[:1]
        odd = [row.profile for row in rows if len(rows) == 1 and row and row.profile not in self.pair[:1]]
        return Tool(system, rows, "".join(odd))


def lineup_of(result: Result) -> Lineup:
    """Sort a result's records into rows. All profiles of a system share its builds, installs and unit tests.

    Before the end of a benchmark, only rows that have begun are shown.
    """
    of_system: dict[str, list[Base]] = {}
    for record in result.records:
        of_system.setdefault(record.orchestrator, []).append(record)
    rows = [
        _row(result, system, profile, of_system.get(system.name, []))
        for system in sorted(result.environment.systems, key=lambda each: MODES.index(each.mode))
        for profile in system.profiles
    ]
    begun = [row for row in rows if row.trials or row.rounds]
    if result.environment.ended_s is None and begun:
        rows = begun
    grouped = len(modes_among(row.system for row in rows)) > 1
    names = [row.system.name for row in rows]
    return Lineup(
        result,
        tuple(
            replace(row, index=index, grouped=grouped, shared=names.count(row.system.name) > 1)
            for index, row in enumerate(rows)
        ),
    )


def profile_order(systems: Iterable[System]) -> list[str]:
    """Return all profiles of the systems, each after the profiles before it in any manifest."""
    places: dict[str, int] = {}
    for system in systems:
        for number, name in enumerate(system.profiles):
            places[name] = max(number, places.get(name, 0))
    return sorted(places, key=places.__getitem__)


def _row(result: Result, system: System, profile: str, records: Sequence[Base]) -> Row:
    def of(kind: type[_Kind], *, shared: bool = False) -> list[_Kind]:
        return [each for each in records if isinstance(each, kind) and (shared or each.profile == profile)]

    return Row(
        system,
        profile,
        result.plan,
        result.laps_elsewhere,
        of(CodeRecord),
        of(BuiltRecord, shared=True),
        of(SetupRecord, shared=True),
        of(UnitTestRecord, shared=True),
        of(RoundRecord),
        _split_at_hangs(of(TrialRecord)),
    )


def _split_at_hangs(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Return the trials with each stack's lifetime as a separate round.

    After a trial that hung or is repeated, its round continues in a fresh stack, whose first trial is cold.
    """
    hangs: dict[str, int] = {}
    fresh: set[str] = set()
    found = []
    for trial in trials:
        if earlier := hangs.get(trial.round, 0):
            changes = {"round": f"{trial.round}/{earlier + 1}", "cold": trial.cold or trial.round in fresh}
            found.append(trial.model_copy(update=changes))
        else:
            found.append(trial)
        fresh.discard(trial.round)
        if trial.ends_a_life:
            hangs[trial.round] = earlier + 1
            fresh.add(trial.round)
    return found


def _order(row: Row) -> tuple[int, bool, float]:
    # Like the ranks, the order comes from the laps of all machines.
    typical = OVERHEAD.sample(row).everywhere.typical
    return row.place, typical is None, typical or 0.0
