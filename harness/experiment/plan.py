"""The plan as a value: the order of rounds, their trials, and the full definition of every scenario."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from harness.experiment.bounded import Figure, Wait
from harness.experiment.crash import Crash
from harness.experiment.golden import Contents
from harness.experiment.scenario import Scenario
from harness.experiment.versions import FORMAT
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest


@dataclass(frozen=True)
class PlannedTrial:
    """A planned trial. `phase_offset_s` is the wait before the trigger, so that triggers do not lock onto polling."""

    scenario: str
    cold: bool
    phase_offset_s: Wait


@dataclass(frozen=True)
class PlannedRound:
    """A planned round, from starting to stopping one stack. No other round runs in parallel if it is `alone`.

    `number` is its place in the plan. Numbers start at 1.
    """

    lap: Figure
    orchestrator: str
    profile: str
    trials: tuple[PlannedTrial, ...]
    rest_s: Wait
    alone: bool = False
    number: Figure = 1

    @property
    def id(self) -> str:
        """The round's name within its benchmark."""
        return f"lap{self.lap}-{self.orchestrator}-{self.profile}{'-alone' if self.alone else ''}"

    def contender(self, among: Mapping[str, Manifest]) -> Contender:
        """Return the contender of this round from the manifests of its benchmark, by their names."""
        return Contender(among[self.orchestrator], self.profile)


@dataclass(frozen=True)
class Plan:
    """Every round of a benchmark in order, and the full definition of every scenario in it.

    A plan with `crashes` has only crash trials, and each waits `patience_s` seconds for its tool. With `unit_tests`,
    each pipeline's own unit test runs too.
    """

    scenarios: dict[str, Scenario]
    rounds: tuple[PlannedRound, ...]
    format: int = FORMAT
    crashes: dict[str, Crash] = field(default_factory=dict)
    patience_s: Wait = 0.0
    unit_tests: bool = True

    @property
    def kind(self) -> str:
        """The name of its kind of benchmark, one of `harness.labs.kinds`. Today's plans do not store it."""
        return "crash" if self.crashes else "latency"

    @property
    def trial_scenarios(self) -> AbstractSet[str]:
        """The names of the scenarios that its trials may have."""
        return (self.crashes or self.scenarios).keys()

    @property
    def once(self) -> tuple[str, ...]:
        """The kinds of records that each orchestrator has once. Crash plans time no installs and unit tests."""
        if self.crashes:
            return ("built",)
        return ("built", "setup", "unit_test") if self.unit_tests else ("built", "setup")

    @property
    def has_whole_laps(self) -> bool:
        """Whether each lap has every system. A crash scenario may apply to some systems only."""
        return not self.crashes

    def demanded(self, month: str) -> Contents | None:
        """Return the output that a correct run of a month leaves, if one of the scenarios exports it."""
        return next((s.expected.output for s in self.scenarios.values() if s.month == month and s.exports), None)


_PLAN = TypeAdapter(Plan)


def plan_json(plan: Plan) -> bytes:
    """Return a plan as the content of `plan.json`."""
    return _PLAN.dump_json(plan, indent=1) + b"\n"


def parse_plan(content: object) -> Plan:
    """Return the plan in the JSON of `plan.json`. Raises pydantic's `ValidationError`."""
    return _PLAN.validate_python(content)


def try_id(first_id: str, number: int) -> str:
    """Return the id of the first, second, … try of a planned round, or of a trial."""
    return first_id if number == 1 else f"{first_id}-try{number}"


def trial_id(round_id: str, number: int, scenario: str) -> str:
    """Return the id of a round's trial. Numbers start at 1."""
    return f"{round_id}-{number:02d}-{scenario}"
