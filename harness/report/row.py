"""A row of every table: one system under one profile, with its records sorted into samples by round."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from harness.experiment.plan import Plan
from harness.orchestrators.manifest import MODES, Mode
from harness.results.environment import ResolvedProfile, System
from harness.results.records import BuiltRecord, CodeRecord, RoundRecord, SetupRecord, TrialRecord, UnitTestRecord
from harness.statistics.samples import RoundSamples, Sample

EMULATOR: Mode = "emulator"
GROUPS: dict[Mode, str] = {"server": "servers", "library": "libraries", "emulator": "emulators, not ranked"}
"""The heading over the systems of each mode."""
R = TypeVar("R", RoundRecord, TrialRecord)
InRounds = Mapping[tuple[int, str], Sequence[R]]
"""Records by the lap and the name of their round."""


@dataclass(frozen=True, eq=False)
class Row:
    """One system under one profile. A row equals only itself.

    `plan` is the plan of its trials. `elsewhere` are the laps on other machines than the one whose seconds are shown.
    `index` is the row's place in its lineup. `grouped` is true if the lineup has several modes, and `shared` if it has
    several profiles of this system. `samples` keeps the samples of each measure by its key.
    """

    system: System
    profile: str
    plan: Plan
    elsewhere: frozenset[int] = frozenset()
    code: Sequence[CodeRecord] = ()
    built: Sequence[BuiltRecord] = ()
    setup: Sequence[SetupRecord] = ()
    unit_tests: Sequence[UnitTestRecord] = ()
    rounds: Sequence[RoundRecord] = ()
    trials: Sequence[TrialRecord] = ()
    index: int = 0
    grouped: bool = False
    shared: bool = False
    samples: dict[str, Sample] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The system's title with the profile. The baseline has only one profile."""
        return self.system.title if self.system.baseline else f"{self.system.title} {self.profile}"

    @property
    def label(self) -> str:
        """The name, with the mode if there are several."""
        return f"{self.name} ({self.system.mode})" if self.group else self.name

    @property
    def spoken(self) -> str:
        """The name in a sentence: with the profile only if the system has several rows."""
        return f"{self.system.title} ({self.profile})" if self.shared else self.system.title

    @property
    def group(self) -> str:
        """The heading of the row's mode. Empty for the baseline, and if there is only one mode."""
        return GROUPS[self.system.mode] if self.grouped and not self.system.baseline else ""

    @property
    def place(self) -> int:
        """The place of the row's group among all groups. The baseline comes first, and emulators last."""
        return 1 + MODES.index(self.system.mode) if self.group else 0

    @property
    def ranking(self) -> Mode | None:
        """The mode among whose rows this one is ranked. `None` for the baseline and for emulators.

        The baseline's overhead is the clock's last milliseconds, so a multiple of it means nothing.
        """
        return None if self.system.baseline or self.system.mode == EMULATOR else self.system.mode

    @property
    def settings(self) -> ResolvedProfile:
        """The profile's settings."""
        return self.system.profiles[self.profile]

    @property
    def unit_test(self) -> UnitTestRecord | None:
        """The last unit test that passed."""
        return next((test for test in reversed(self.unit_tests) if not test.failure), None)

    @property
    def failure(self) -> str:
        """The failure of the last round that failed. Empty if none did."""
        return next((round_.failure for round_ in reversed(self.rounds) if round_.failure), "")

    @cached_property
    def troubles(self) -> list[str]:
        """The number of invalid trials by outcome, and of failed rounds, in words."""
        outcomes = Counter(trial.outcome for trial in self.trials if trial.outcome != "valid")
        said = [f"{count} of {len(self.trials)} {outcome}" for outcome, count in sorted(outcomes.items())]
        failed = sum(bool(end.failure) for end in self.rounds)
        return said + ([f"{failed} of {len(self.rounds)} rounds failed"] if failed else [])

    def missing(self, why: str = "no valid trial") -> str:
        """Say why there is no figure: the failure of a round, or another reason."""
        return f"n/a: {f'failed: {self.failure}' if self.failure else why}"

    def all_of(self, scenario: str) -> list[TrialRecord]:
        """Return the trials of a scenario, valid or not."""
        return [trial for trial in self.trials if trial.scenario == scenario]

    def judged(self, scenario: str) -> list[TrialRecord]:
        """Return the trials of a scenario with a verdict. An error is no verdict."""
        return [trial for trial in self.all_of(scenario) if trial.outcome != "error"]

    def valid(self, scenario: str, *, cold: bool = False) -> list[TrialRecord]:
        """Return the valid trials of a scenario. All its numbers come from these."""
        return [trial for trial in self.all_of(scenario) if trial.cold == cold and trial.outcome == "valid"]

    def rounds_of(self, scenario: str, *, cold: bool = False) -> InRounds[TrialRecord]:
        """Return the valid trials of a scenario by round."""
        return in_rounds(self.valid(scenario, cold=cold))

    def sample(self, rounds: InRounds[R], measure: Callable[[R], list[float]]) -> Sample:
        """Return the values of each record as samples of its round."""
        here: list[RoundSamples] = []
        elsewhere: list[RoundSamples] = []
        for (lap, _), records in rounds.items():
            values = tuple(value for record in records for value in measure(record))
            (elsewhere if lap in self.elsewhere else here).append(RoundSamples(lap, values))
        return Sample(tuple(here), elsewhere=tuple(elsewhere))


def in_rounds(records: Iterable[R]) -> InRounds[R]:
    """Sort records by lap and round, in order of first appearance."""
    rounds: dict[tuple[int, str], list[R]] = {}
    for record in records:
        rounds.setdefault((record.lap, record.round), []).append(record)
    return rounds


def once(value: float | None, factor: float = 1) -> Sample:
    """Return a value that a benchmark measures once, multiplied by `factor`. `None` gives no sample."""
    return Sample(() if value is None else (RoundSamples(1, (value * factor,)),))
