"""The plan as a value: the order of rounds, their trials, and the full definition of every scenario."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from harness.experiment.bounded import Figure, Wait
from harness.experiment.crash import Crash
from harness.experiment.scenario import Scenario
from harness.experiment.versions import FORMAT

_TRY = re.compile(r"-try(\d+)$")


@dataclass(frozen=True)
class PlannedTrial:
    """A planned trial. `phase_offset_s` is the wait before the trigger, so that triggers do not lock onto polling."""

    scenario: str
    cold: bool
    phase_offset_s: Wait


@dataclass(frozen=True)
class PlannedRound:
    """A planned round, from starting to stopping one stack. No other round runs in parallel if it is `alone`."""

    lap: Figure
    orchestrator: str
    profile: str
    trials: tuple[PlannedTrial, ...]
    rest_s: Wait
    alone: bool = False

    @property
    def id(self) -> str:
        """The round's name within its benchmark."""
        return f"lap{self.lap}-{self.orchestrator}-{self.profile}{'-alone' if self.alone else ''}"


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


_PLAN = TypeAdapter(Plan)


def plan_json(plan: Plan) -> bytes:
    """Return a plan as the content of `plan.json`."""
    return _PLAN.dump_json(plan, indent=1) + b"\n"


def parse_plan(content: bytes) -> Plan:
    """Return the plan in `plan.json`. Raises pydantic's `ValidationError`."""
    return _PLAN.validate_json(content)


def try_id(planned_id: str, number: int) -> str:
    """Return the id of the first, second, … try of a planned round."""
    return planned_id if number == 1 else f"{planned_id}-try{number}"


def planned_id(round_id: str) -> str:
    """Return the id of the planned round of a try."""
    return _TRY.sub("", round_id)


def trial_id(round_id: str, number: int, scenario: str) -> str:
    """Return the id of a round's trial. Numbers start at 1."""
    return f"{round_id}-{number:02d}-{scenario}"
