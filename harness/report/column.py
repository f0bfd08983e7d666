"""A column of the table: one system under one profile, with all records about it, sorted into samples by round."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Phases
from harness.results.environment import Profile, System
from harness.results.records import BuiltRecord, CodeRecord, RoundRecord, SetupRecord, TrialRecord
from harness.results.result import Result
from harness.statistics.samples import Sample

R = TypeVar("R", RoundRecord, TrialRecord)


@dataclass(frozen=True)
class Column:
    """One system under one profile, and the scenarios that its trials were made under."""

    system: System
    profile: str
    scenarios: Mapping[str, Scenario]
    code: list[CodeRecord] = field(default_factory=list)
    built: list[BuiltRecord] = field(default_factory=list)
    setup: list[SetupRecord] = field(default_factory=list)
    rounds: list[RoundRecord] = field(default_factory=list)
    trials: list[TrialRecord] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How a person calls it: the title, and the profile where there is another to confuse it with."""
        return self.system.title if self.system.baseline else f"{self.system.title} {self.profile}"

    @property
    def settings(self) -> Profile:
        """The profile's settings, and what the measurement took from them."""
        return self.system.profiles[self.profile]

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
        """Return the trials of a scenario, valid or not."""
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


def columns(result: Result) -> list[Column]:
    """Sort records by the system and profile they are about, in the order of the environment.

    All profiles of a system share what they run from and its install: both stand in each of their columns.
    """
    of_system: dict[str, list[Column]] = {}
    for system in result.environment.systems:
        of_system[system.name] = [Column(system, name, result.plan.scenarios) for name in sorted(system.profiles)]
    for record in result.records:
        for column in of_system.get(record.orchestrator, []):
            own = column.profile == record.profile
            match record:
                case SetupRecord():
                    column.setup.append(record)
                case BuiltRecord():
                    column.built.append(record)
                case CodeRecord() if own:
                    column.code.append(record)
                case RoundRecord() if own:
                    column.rounds.append(record)
                case TrialRecord() if own:
                    column.trials.append(record)
                case _:
                    pass
    return [column for own in of_system.values() for column in own]
