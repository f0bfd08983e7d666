"""A column of the table: one system under one profile, with all records about it, sorted into samples by round."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.environment import Environment, System
from harness.records import CodeRecord, Record, RoundRecord, SetupRecord, TrialRecord
from harness.stats import Sample


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

    def sample(self, what: str, trials: Iterable[TrialRecord], measure: Callable[[TrialRecord], list[float]]) -> Sample:
        """Return what `measure` tells of each trial, round by round; `what` names it within the column."""
        by_round: dict[str, list[float]] = {}
        for trial in trials:
            by_round.setdefault(trial.round, []).extend(measure(trial))
        return Sample(self._named(what), tuple(map(tuple, by_round.values())))

    def total_s(self, scenario: str) -> Sample:
        """Return the totals of the warm trials of a scenario, in seconds."""
        return self.sample(
            f"{scenario} total", self.of(scenario), lambda trial: [trial.phases.total_s] if trial.phases else []
        )

    def per_round(self, what: str, measure: Callable[[RoundRecord], float | None]) -> Sample:
        """Return what `measure` tells of each round, one sample a round at most."""
        told = [measure(each) for each in self.rounds]
        return Sample(self._named(what), tuple((value,) for value in told if value is not None))

    def _named(self, what: str) -> str:
        return f"{self.system.name}/{self.profile}/{what}"


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
