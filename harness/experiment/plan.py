"""The plan: the order of rounds, and their trials. A pure function of manifests, preset and seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from harness.experiment.bounded import Figure, Wait
from harness.experiment.crash import Crash
from harness.experiment.golden import Contents
from harness.experiment.scenario import Scenario
from harness.experiment.versions import FORMAT
from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.manifest import Manifest

_TRIAL_OVERHEAD_S = 2.0

BASELINE_WARM_TRIALS = 5
"""The minimum for the baseline, whose spread is the noise of the machine and whose runs are short."""


@dataclass(frozen=True)
class Preset:
    """How much to measure.

    A round repeats each warm workload as often as fits into `warm_s` seconds according to the profile's `trial_s`,
    within `warm_trials`. Every orchestrator gets the same time, so a slow one does not dominate the benchmark. At the
    end of a round, idle use is measured for `rest_s` seconds.
    """

    name: str
    laps: int
    warm_s: float
    warm_trials: tuple[int, int]
    rest_s: float
    unit_tests: bool = True
    """Whether to run each pipeline's own unit test."""
    baseline_warm_trials: int = BASELINE_WARM_TRIALS


QUICK = Preset("quick", laps=1, warm_s=20, warm_trials=(1, 1), rest_s=10, unit_tests=False)
STANDARD = Preset("standard", laps=4, warm_s=20, warm_trials=(2, 3), rest_s=20)
SMOKE = Preset("smoke", 1, warm_s=1, warm_trials=(0, 0), rest_s=2, unit_tests=False, baseline_warm_trials=0)
"""For tests of the harness, which look at other things than figures: --help does not show it."""
PRESETS = {preset.name: preset for preset in (QUICK, STANDARD, SMOKE)}


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

    def demanded(self, month: str) -> Contents | None:
        """Return the output that a correct run of a month leaves, if one of the scenarios exports it."""
        return next((s.expected.output for s in self.scenarios.values() if s.month == month and s.exports), None)


_PLAN = TypeAdapter(Plan)


def make_plan(
    manifests: Sequence[Manifest], preset: Preset, laps: int, seed: int, scenarios: Mapping[str, Scenario]
) -> Plan:
    """Return the plan of a benchmark: whole laps, each in its own random order. The baseline opens the first."""
    rounds: list[PlannedRound] = []
    for lap in range(1, laps + 1):
        order = contenders(manifests)
        # Each lap and round has its own generator, so leaving out one orchestrator does not change the others.
        random.Random(f"{seed}/{lap}").shuffle(order)  # noqa: S311
        if lap == 1:
            # The baseline opens the benchmark, because it builds fastest. Others are built when their turn comes.
            order.sort(key=lambda each: not each.manifest.baseline)
        for each in order:
            trials = _trials(each, preset, lap, seed)
            number = len(rounds) + 1
            rounds.append(PlannedRound(lap, each.name, each.profile, trials, preset.rest_s, number=number))
    return Plan(dict(scenarios), tuple(rounds), unit_tests=preset.unit_tests)


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


def expected_s(contender: Contender, planned: PlannedRound) -> float:
    """Return how many seconds a round takes according to the manifest. Measured times are better."""
    offsets = sum(trial.phase_offset_s for trial in planned.trials)
    trial_s = contender.settings.trial_s + _TRIAL_OVERHEAD_S
    return 20 + planned.rest_s + offsets + len(planned.trials) * trial_s


def _trials(contender: Contender, preset: Preset, lap: int, seed: int) -> tuple[PlannedTrial, ...]:
    chance = random.Random(f"{seed}/{lap}/{contender.name}/{contender.profile}")  # noqa: S311
    least, most = preset.warm_trials
    warm = max(least, min(most, int(preset.warm_s / contender.settings.trial_s)))
    if contender.manifest.baseline:
        warm = max(warm, preset.baseline_warm_trials)
    rest = ["etl"] * warm + ["noop"] * warm + ["retry", "exhaustion"]
    chance.shuffle(rest)
    # The first trial of a round is the cold one. The workloads take turns.
    first = "etl" if lap % 2 else "noop"
    return tuple(
        PlannedTrial(scenario, index == 0, chance.uniform(0, contender.settings.poll_period_s))
        for index, scenario in enumerate([first, *rest])
    )
