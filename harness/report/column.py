"""A column of the table: one system under one profile, with all records about it, sorted into samples by round."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TypeVar

from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Phases
from harness.orchestrators.manifest import MODES
from harness.results.environment import ResolvedProfile, System
from harness.results.records import BuiltRecord, CodeRecord, RoundRecord, SetupRecord, TrialRecord, UnitTestRecord
from harness.results.result import Result
from harness.statistics.samples import RoundSamples, Sample

R = TypeVar("R", RoundRecord, TrialRecord)
InRounds = Mapping[tuple[int, str], Sequence[R]]
"""Records by the lap and the name of their round."""


@dataclass(frozen=True, eq=False)
class Column:
    """One system under one profile, and the scenarios that its trials were made under. Each equals itself alone."""

    system: System
    profile: str
    scenarios: Mapping[str, Scenario]
    unit_test_planned: bool = True
    code: list[CodeRecord] = field(default_factory=list)
    built: list[BuiltRecord] = field(default_factory=list)
    setup: list[SetupRecord] = field(default_factory=list)
    unit_tests: list[UnitTestRecord] = field(default_factory=list)
    rounds: list[RoundRecord] = field(default_factory=list)
    trials: list[TrialRecord] = field(default_factory=list)
    elsewhere: frozenset[int] = frozenset()
    """Laps on other machines than the one that gives this column's own numbers."""

    @property
    def name(self) -> str:
        """How a person calls it: the title, and the profile where there is another to confuse it with."""
        return self.system.title if self.system.baseline else f"{self.system.title} {self.profile}"

    @property
    def settings(self) -> ResolvedProfile:
        """The profile's settings, and what the measurement took from them."""
        return self.system.profiles[self.profile]

    @property
    def unit_test(self) -> UnitTestRecord | None:
        """The unit test that passed; `None` where none did."""
        passed = [test for test in self.unit_tests if not test.failure]
        return passed[-1] if passed else None

    @property
    def failure(self) -> str:
        """Why the last round that failed did so; empty when none did."""
        return next((round_.failure for round_ in reversed(self.rounds) if round_.failure), "")

    @cached_property
    def _of_scenarios(self) -> Mapping[str, list[TrialRecord]]:
        told: dict[str, list[TrialRecord]] = {}
        for trial in self.trials:
            told.setdefault(trial.scenario, []).append(trial)
        return told

    @cached_property
    def _valid(self) -> Mapping[tuple[str, bool], InRounds[TrialRecord]]:
        kinds = [(scenario, cold) for scenario in self._of_scenarios for cold in (False, True)]
        return {kind: in_rounds(self.of(kind[0], cold=kind[1])) for kind in kinds}

    def of(self, scenario: str, *, cold: bool = False) -> list[TrialRecord]:
        """Return the valid trials of a scenario: no number comes from any other."""
        return [trial for trial in self.all_of(scenario) if trial.cold == cold and trial.outcome == "valid"]

    def rounds_of(self, scenario: str, *, cold: bool = False) -> InRounds[TrialRecord]:
        """Return the valid trials of a scenario, sorted by round once."""
        return self._valid.get((scenario, cold), {})

    def all_of(self, scenario: str) -> Sequence[TrialRecord]:
        """Return the trials of a scenario, valid or not."""
        return self._of_scenarios.get(scenario, ())

    def judged(self, scenario: str) -> Sequence[TrialRecord]:
        """Return the trials of a scenario that came to a verdict: an error is none."""
        return [trial for trial in self.all_of(scenario) if trial.outcome != "error"]

    def phase(self, scenario: str, pick: Callable[[Phases], float], *, cold: bool = False) -> Sample:
        """Return a duration out of the phases of a scenario's valid trials, in seconds."""
        rounds = self.rounds_of(scenario, cold=cold)
        return self.sample(rounds, lambda trial: [pick(trial.phases)] if trial.phases else [])

    def total_s(self, scenario: str) -> Sample:
        """Return the totals of the warm trials of a scenario, in seconds."""
        return self.phase(scenario, lambda phases: phases.total_s)

    def per_trial(self, scenario: str, measure: Callable[[TrialRecord], float | None], factor: float = 1) -> Sample:
        """Return what `measure` tells of each warm trial of a scenario, times `factor`."""
        return self.sample(self.rounds_of(scenario), lambda trial: _known(measure(trial), factor))

    def per_round(self, measure: Callable[[RoundRecord], float | None], factor: float = 1) -> Sample:
        """Return what `measure` tells of each round, times `factor`."""
        return self.sample(in_rounds(self.rounds), lambda round_: _known(measure(round_), factor))

    def sample(self, rounds: InRounds[R], measure: Callable[[R], list[float]]) -> Sample:
        """Return what `measure` tells of each record, as samples of their rounds."""
        here: list[RoundSamples] = []
        elsewhere: list[RoundSamples] = []
        for (lap, _), records in rounds.items():
            values = tuple(value for record in records for value in measure(record))
            (elsewhere if lap in self.elsewhere else here).append(RoundSamples(lap, values))
        return Sample(tuple(here), elsewhere=tuple(elsewhere))


def in_rounds(records: Iterable[R]) -> InRounds[R]:
    """Sort records by lap and round, in the order of their first."""
    rounds: dict[tuple[int, str], list[R]] = {}
    for record in records:
        rounds.setdefault((record.lap, record.round), []).append(record)
    return rounds


def once(value: float | None, factor: float = 1) -> Sample:
    """Return what a benchmark measures once, times `factor`, as a sample of one; of `None`, a sample of none."""
    return Sample(() if value is None else (RoundSamples(1, (value * factor,)),))


def lives(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Return the trials with each stack's life as a round of its own.

    After one that hung, or that is tried again as new, the rest of its round runs in a fresh stack: another life, and
    its first trial is cold.
    """
    hangs: dict[str, int] = {}
    begins: set[str] = set()
    told = []
    for trial in trials:
        earlier = hangs.get(trial.round, 0)
        if earlier:
            life = {"round": f"{trial.round}/{earlier + 1}", "cold": trial.cold or trial.round in begins}
            told.append(trial.model_copy(update=life))
        else:
            told.append(trial)
        begins.discard(trial.round)
        if trial.ends_a_life:
            hangs[trial.round] = earlier + 1
            begins.add(trial.round)
    return told


def _known(value: float | None, factor: float) -> list[float]:
    return [] if value is None else [value * factor]


@cache
def columns(result: Result) -> tuple[Column, ...]:
    """Sort records by the system and profile they are about: by mode, then as the environment has them; those begun.

    All profiles of a system share what they run from and its install: both stand in each of their columns.
    """
    of_system: dict[str, list[Column]] = {}
    for system in sorted(result.environment.systems, key=lambda each: MODES.index(each.mode)):
        of_system[system.name] = [
            Column(system, name, result.plan.scenarios, result.plan.unit_tests, elsewhere=result.laps_elsewhere)
            for name in system.profiles
        ]
    for record in result.records:
        for column in of_system.get(record.orchestrator, []):
            own = column.profile == record.profile
            match record:
                case SetupRecord():
                    column.setup.append(record)
                case UnitTestRecord():
                    column.unit_tests.append(record)
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
    told = tuple(replace(column, trials=lives(column.trials)) for own in of_system.values() for column in own)
    begun = tuple(column for column in told if column.trials or column.rounds)
    # While a benchmark is under way, those whose turn has not come have nothing to tell.
    return told if result.environment.ended_s is not None or not begun else begun
