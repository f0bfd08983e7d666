"""The plan: which round comes when, and which trials it holds. A pure function of manifests, preset and seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.malformed import first_fault
from harness.orchestrator import Manifest
from harness.scenario import ETL, EXHAUSTION, NOOP, RETRY

PLAN = "plan.json"
_TRIAL_OVERHEAD_S = 2.0


@dataclass(frozen=True)
class Preset:
    """How much is measured.

    A round repeats each warm workload as often as fits into `warm_s` seconds by the profile's `trial_s`, within
    `warm_trials`: every orchestrator gets the same time, so a slow one does not eat the hour. At its end the stack is
    watched at rest for `rest_s` seconds.
    """

    name: str
    laps: int
    warm_s: float
    warm_trials: tuple[int, int]
    rest_s: float


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("quick", laps=1, warm_s=20, warm_trials=(1, 1), rest_s=10),
        Preset("standard", laps=4, warm_s=20, warm_trials=(2, 3), rest_s=20),
    )
}


@dataclass(frozen=True)
class PlannedTrial:
    """One trial to come; `phase_offset_s` is how long to wait before the trigger, so that no poller is locked onto."""

    scenario: str
    cold: bool
    phase_offset_s: float


@dataclass(frozen=True)
class PlannedRound:
    """One stack's life to come."""

    lap: int
    orchestrator: str
    profile: str
    trials: tuple[PlannedTrial, ...]
    rest_s: float

    @property
    def id(self) -> str:
        """The round's name within its benchmark."""
        return f"lap{self.lap}-{self.orchestrator}-{self.profile}"


_PLAN = TypeAdapter(list[PlannedRound])


class PlanError(Exception):
    """A plan cannot be read; the message names the file."""


def make_plan(manifests: Sequence[Manifest], preset: Preset, laps: int, seed: int) -> list[PlannedRound]:
    """Return every round of a benchmark in order: whole laps, each in a random order of its own."""
    plan = []
    for lap in range(1, laps + 1):
        order = [(manifest, profile) for manifest in manifests for profile in sorted(manifest.profiles)]
        # A generator for each lap and round: leaving one orchestrator out changes nothing for the others.
        random.Random(f"{seed}/{lap}").shuffle(order)  # noqa: S311
        plan += [
            PlannedRound(lap, manifest.name, name, _trials(manifest, name, preset, lap, seed), preset.rest_s)
            for manifest, name in order
        ]
    return plan


def plan_json(plan: Sequence[PlannedRound]) -> bytes:
    """Return a plan as it is kept in `plan.json`."""
    return _PLAN.dump_json(list(plan), indent=1) + b"\n"


def write_plan(folder: Path, plan: Sequence[PlannedRound]) -> None:
    """Write `plan.json` of a benchmark's folder."""
    (folder / PLAN).write_bytes(plan_json(plan))


def read_plan(folder: Path) -> list[PlannedRound]:
    """Read `plan.json`.

    Raises `PlanError` when it is missing or malformed.
    """
    path = folder / PLAN
    try:
        return _PLAN.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise PlanError(f"{path} is missing; without it nobody knows what was to be measured") from error
    except ValidationError as error:
        raise PlanError(f"{path}: {first_fault(error)}") from error


def expected_s(manifest: Manifest, planned: PlannedRound) -> float:
    """Return how many seconds a round will take, by the manifest's own word; measured ones are better."""
    offsets = sum(trial.phase_offset_s for trial in planned.trials)
    trial_s = manifest.profiles[planned.profile].trial_s + _TRIAL_OVERHEAD_S
    return 20 + planned.rest_s + offsets + len(planned.trials) * trial_s


def _trials(manifest: Manifest, name: str, preset: Preset, lap: int, seed: int) -> tuple[PlannedTrial, ...]:
    profile = manifest.profiles[name]
    chance = random.Random(f"{seed}/{lap}/{manifest.name}/{name}")  # noqa: S311
    least, most = preset.warm_trials
    warm = max(least, min(most, int(preset.warm_s / profile.trial_s)))
    rest = [ETL] * warm + [NOOP] * warm + [RETRY, EXHAUSTION]
    chance.shuffle(rest)
    # The first trial of a round is the cold one; the workloads take turns at it.
    first = ETL if lap % 2 else NOOP
    return tuple(
        PlannedTrial(scenario.name, index == 0, chance.uniform(0, profile.poll_period_s))
        for index, scenario in enumerate([first, *rest])
    )
