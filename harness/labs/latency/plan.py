"""The plan of a latency benchmark: whole laps of every system, and how much a preset measures. Pure functions."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.measure.golden_file import scenarios
from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.manifest import DEFAULTS, Manifest

_TRIAL_OVERHEAD_S = 2.0
BASELINE_WARM_TRIALS = 5
"""The minimum for the baseline, whose spread is the noise of the machine and whose runs are short."""


@dataclass(frozen=True)
class LatencyPreset:
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
    profiles: tuple[str, ...] = ()
    """The profiles that it measures if none are named. Empty means all."""

    def plan(self, manifests: Sequence[Manifest], _isolation: str, laps: int, seed: int) -> Plan:
        """Return the plan of a benchmark."""
        return make_plan(manifests, self, laps, seed)


_FAST = (DEFAULTS, "tuned")
"""Without `safe`, which costs latency."""
QUICK = LatencyPreset("quick", laps=1, warm_s=20, warm_trials=(1, 1), rest_s=10, unit_tests=False, profiles=_FAST)
STANDARD = LatencyPreset("standard", laps=4, warm_s=20, warm_trials=(2, 3), rest_s=20)
SMOKE = LatencyPreset(
    "smoke", 1, 1, warm_trials=(0, 0), rest_s=2, unit_tests=False, baseline_warm_trials=0, profiles=_FAST
)
"""For tests of the harness, which look at other things than figures: --help does not show it."""
PRESETS = {preset.name: preset for preset in (QUICK, STANDARD, SMOKE)}


def make_plan(manifests: Sequence[Manifest], preset: LatencyPreset, laps: int, seed: int) -> Plan:
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
    return Plan(scenarios(), tuple(rounds), unit_tests=preset.unit_tests)


def expected_s(contender: Contender, planned: PlannedRound) -> float:
    """Return how many seconds a round takes according to the manifest. Measured times are better."""
    offsets = sum(trial.phase_offset_s for trial in planned.trials)
    trial_s = contender.settings.trial_s + _TRIAL_OVERHEAD_S
    return 20 + planned.rest_s + offsets + len(planned.trials) * trial_s


def _trials(contender: Contender, preset: LatencyPreset, lap: int, seed: int) -> tuple[PlannedTrial, ...]:
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
