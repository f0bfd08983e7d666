"""A column of the table: one system under one profile, with all records about it, sorted into samples by round."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from harness.environment import Environment, System
from harness.records import CodeRecord, Record, RoundRecord, SetupRecord, TrialRecord
from harness.stats import Sample
from harness.timeline import Phases

R = TypeVar("R", RoundRecord, TrialRecord)


@dataclass(frozen=True)
class Column:
    """One system under one profile."""

    system: System
    profile: str
    code: list[CodeRecord] = field(default_factory=list)
    setup: list[SetupRecord] = field(default_factory=list)
    rounds: list[RoundRecord] = field(default_factory=list)
    trials: list[TrialRecord] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How a person calls it: the title, and the profile where there is another to confuse it with."""
        return self.system.title if self.system.baseline else f"{self.system.title} {self.profile}"

    @property
    def failure(self) -> str:
        """Why the last round that failed did so; empty when none did."""
        return next((round_.failure for round_ in reversed(self.rounds) if round_.failure), "")

    def of(self, scenario: str, *, cold: bool = False) -> list[TrialRecord]:
        """Return the valid trials of a scenario: no number comes from any other."""
        return [
            trial
            for trial in self.trials
            if trial.scenario == scenario and trial.cold == cold and trial.outcome == "valid"
        ]

    def all_of(self, scenario: str) -> list[TrialRecord]:
        """Return the trials of a scenario, whatever came of them."""
        return [trial for trial in self.trials if trial.scenario == scenario]

    def phase(self, scenario: str, pick: Callable[[Phases], float], *, cold: bool = False) -> Sample:
        """Return a duration out of the phases of a scenario's valid trials, in seconds."""
        return by_round(self.of(scenario, cold=cold), lambda trial: [pick(trial.phases)] if trial.phases else [])

    def total_s(self, scenario: str) -> Sample:
        """Return the totals of the warm trials of a scenario, in seconds."""
        return self.phase(scenario, lambda phases: phases.total_s)

    def per_trial(self, scenario: str, measure: Callable[[TrialRecord], float | None], factor: float = 1) -> Sample:
        """Return what `measure` tells of each warm trial of a scenario, times `factor`."""
        return by_round(self.of(scenario), lambda trial: _known(measure(trial), factor))

    def per_round(self, measure: Callable[[RoundRecord], float | None], factor: float = 1) -> Sample:
        """Return what `measure` tells of each round, times `factor`."""
        return by_round(self.rounds, lambda round_: _known(measure(round_), factor))


def by_round(records: Iterable[R], measure: Callable[[R], list[float]]) -> Sample:
    """Return what `measure` tells of each record, as samples of their rounds."""
    rounds: dict[str, list[float]] = {}
    for record in records:
        rounds.setdefault(record.round, []).extend(measure(record))
    return Sample(tuple(map(tuple, rounds.values())))


def _known(value: float | None, factor: float) -> list[float]:
    return [] if value is None else [value * factor]


def columns(environment: Environment, records: Iterable[Record]) -> list[Column]:
    """Sort records by the system and profile they are about, in the order of the environment.

    All profiles of a system share one image: what it takes to install it stands in each of their columns.
    """
    found = [Column(system, profile) for system in environment.systems for profile in sorted(system.profiles)]
    for record in records:
        for column in found:
            if column.system.name != record.orchestrator:
                continue
            if record.kind == "setup":
                column.setup.append(record)
            elif column.profile == record.profile:
                kept: list[Record] = getattr(column, {"code": "code", "round": "rounds"}.get(record.kind, "trials"))
                kept.append(record)
    return found
