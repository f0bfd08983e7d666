"""The beginning of a benchmark: a new folder with its plan and environment, or the one that can go on."""

import random
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Misuse
from harness.experiment.crash_plan import make_crash_plan, why_not
from harness.experiment.plan import Plan, Preset, make_plan
from harness.measure.benchmark import remaining_rounds
from harness.measure.describe_machine import Ground, Intent, describe
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest
from harness.results.environment import Choice, Environment
from harness.results.folders import new_folder, newest
from harness.results.records import BuiltRecord, Record
from harness.results.result import Result, write_beginning


@dataclass(frozen=True)
class Begun:
    """A benchmark that can run: its folder, who takes part, what is planned, and what was recorded before.

    `notes` say what is not as it was when it began.
    """

    folder: Path
    environment: Environment
    manifests: dict[str, Manifest]
    plan: Plan
    genesis: str
    done: list[Record]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class CrashLab:
    """The preset `crash`: which scenarios, every one where none is named, and how long a tool is waited for.

    `among` holds orchestrator, profile and scenario of the only trials that are wanted, `None` for every one.
    """

    scenarios: Sequence[str]
    patience_s: float
    among: Collection[tuple[str, str, str]] | None = None
    name: str = "crash"
    laps: int = 1


def intend(
    kind: str,
    manifests: Sequence[Manifest],
    choice: Choice,
    preset: Preset | CrashLab,
    laps: int | None,
    seed: int | None,
) -> Intent:
    """Make the plan of a new benchmark in an isolation of this kind.

    `laps` are the preset's and `seed` is drawn where not given. Raises `Misuse` for a plan that would be empty.
    """
    laps = laps or preset.laps
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    if isinstance(preset, CrashLab):
        plan = make_crash_plan(manifests, preset.scenarios, kind, laps, seed, preset.patience_s, preset.among)
        if not plan.rounds:
            why = ", ".join(_not_applicable(kind, manifests, plan)) if preset.scenarios else ""
            what = f"none of these scenarios apply here{f': {why}' if why else ''}"
            raise Misuse(what, remedy="orchbench bench --preset crash")
    else:
        plan = make_plan(manifests, preset, laps, seed)
    return Intent(manifests, choice, preset.name, laps, seed, plan)


def _not_applicable(kind: str, manifests: Sequence[Manifest], plan: Plan) -> list[str]:
    """Say of each scenario that was asked for, and each system, why it cannot be tried."""
    reasons = {
        (name, manifest.name): why.reason
        for manifest in manifests
        for profile in manifest.profiles
        for name, crash in plan.crashes.items()
        if (why := why_not(manifest, profile, kind, crash))
    }
    return [f"`{name}` does not apply to {system} ({reason})" for (name, system), reason in reasons.items()]


def begin(ground: Ground, intent: Intent) -> Begun:
    """Make the folder of a new benchmark."""
    environment = describe(ground, intent, time.time())
    folder = new_folder()
    genesis = write_beginning(folder, environment, intent.plan)
    by_name = {manifest.name: manifest for manifest in intent.manifests}
    return Begun(folder, environment, by_name, intent.plan, genesis, [])


def unfinished() -> Result:
    """Return the newest unfinished benchmark; raises `Misuse` when there is none."""
    return newest(
        lambda result: result.environment.ended_s is None, "there is no unfinished benchmark", "orchbench bench"
    )


def intent_of(before: Result) -> Intent:
    """Return what an unfinished benchmark is to measure: its plan as it was made, by the manifests as they say now."""
    was = before.environment
    manifests = _taking_part_in(before)
    return Intent(manifests, was.choice, was.preset, was.laps, was.seed, before.plan, before.records)


def _taking_part_in(before: Result) -> list[Manifest]:
    profiles = {system.name: system.profiles for system in before.environment.systems}
    taking_part = []
    for manifest in discover():
        if manifest.name in profiles:
            kept = {name: each for name, each in manifest.profiles.items() if name in profiles[manifest.name]}
            taking_part.append(manifest.model_copy(update={"profiles": kept}))
    return taking_part


def resume(ground: Ground, before: Result, intent: Intent) -> Begun:
    """Return how an unfinished benchmark goes on.

    What was updated meanwhile and changes no number is in its `notes`. Raises `Misuse` when it was made elsewhere, with
    another image or under other settings.
    """
    was = before.environment
    now = describe(ground, intent, was.started_s)
    reason = was.mismatch(now) or _built_anew(ground, before, intent.manifests)
    if reason:
        raise Misuse(f"{before.folder.name} cannot be resumed: {reason}. Start a new one", remedy="orchbench bench")
    by_name = {manifest.name: manifest for manifest in intent.manifests}
    notes = was.machine.updates(now.machine)
    return Begun(before.folder, was, by_name, before.plan, before.genesis, before.records, notes)


def _built_anew(ground: Ground, before: Result, manifests: Sequence[Manifest]) -> str:
    """Say which orchestrator would run from something else than it did; what is not built yet may be built yet.

    Only what still has rounds to come is built. Compared is what went into it: what was built again from the same files
    is the same.
    """
    inputs = {record.orchestrator: record.inputs_sha256 for record in before.records if isinstance(record, BuiltRecord)}
    to_come = {planned.orchestrator for planned in remaining_rounds(before.plan, before.records)}
    for manifest in manifests:
        if manifest.name in inputs and manifest.name in to_come:
            # Where one cannot be built any more, its own rounds will say why; the others go on.
            with suppress(Exception):
                built = ground.isolation.prepare(manifest, lambda _: None, ground.envelope)
                if built.inputs_sha256 != inputs[manifest.name]:
                    return f"{manifest.name} was built from different files"
    return ""
