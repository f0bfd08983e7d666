"""Starts a benchmark in a new folder with its plan and environment, or resumes one."""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Misuse
from harness.experiment.crash_plan import Capabilities, CrashLab, make_crash_plan, why_not
from harness.experiment.plan import Plan, Preset, make_plan
from harness.measure.benchmark import remaining_rounds
from harness.measure.describe_machine import BenchContext, Intent, describe
from harness.measure.golden_file import scenarios
from harness.orchestrators.contender import contenders
from harness.orchestrators.discovery import discover
from harness.orchestrators.loading import capabilities
from harness.orchestrators.manifest import Manifest
from harness.results.environment import Choice, Environment
from harness.results.folders import new_folder, newest
from harness.results.records import BuiltRecord, Record
from harness.results.result import Result, write_beginning


@dataclass(frozen=True)
class Begun:
    """A benchmark that is ready to run: its folder, orchestrators, plan, and earlier records.

    `notes` say what has changed since it began.
    """

    folder: Path
    environment: Environment
    manifests: dict[str, Manifest]
    plan: Plan
    genesis: str
    done: list[Record]
    notes: Sequence[str] = ()


def intend(
    kind: str,
    manifests: Sequence[Manifest],
    choice: Choice,
    preset: Preset | CrashLab,
    laps: int | None,
    seed: int | None,
) -> Intent:
    """Create the plan of a new benchmark with this kind of isolation.

    `laps` defaults to the preset's, and `seed` is random by default. Raises `Misuse` if the plan would be empty.
    """
    laps = laps or preset.laps
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    if isinstance(preset, CrashLab):
        can = capabilities(manifests)
        plan = make_crash_plan(manifests, preset, laps, seed, scenarios(), kind, can)
        if not plan.rounds:
            why = ", ".join(_not_applicable(kind, manifests, plan, can)) if preset.scenarios else ""
            what = f"none of these scenarios apply here{f': {why}' if why else ''}"
            raise Misuse(what, remedy="orchbench bench --preset crash")
    else:
        plan = make_plan(manifests, preset, laps, seed, scenarios())
    return Intent(manifests, choice, preset.name, laps, seed, plan)


def _not_applicable(kind: str, manifests: Sequence[Manifest], plan: Plan, can: Capabilities) -> list[str]:
    """Say why each requested scenario does not apply to each system."""
    reasons = {
        (name, each.name): why.reason
        for each in contenders(manifests)
        for name, crash in plan.crashes.items()
        if (why := why_not(each, kind, crash, can))
    }
    return [f"`{name}` does not apply to {system} ({reason})" for (name, system), reason in reasons.items()]


def begin(ground: BenchContext, intent: Intent) -> Begun:
    """Create the folder of a new benchmark."""
    environment = describe(ground, intent, time.time())
    folder = new_folder()
    genesis = write_beginning(folder, environment, intent.plan)
    by_name = {manifest.name: manifest for manifest in intent.manifests}
    return Begun(folder, environment, by_name, intent.plan, genesis, [])


def unfinished() -> Result:
    """Return the newest unfinished benchmark. Raises `Misuse` if there is none."""
    return newest(
        lambda environment: environment.ended_s is None, "there is no unfinished benchmark", "orchbench bench"
    )


def intent_of(before: Result) -> Intent:
    """Return the intent of an unfinished benchmark: its original plan with the current manifests."""
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


def resume(ground: BenchContext, before: Result, intent: Intent) -> Begun:
    """Return an unfinished benchmark that is ready to resume.

    Updates that change no number are in its `notes`. Raises `Misuse` if the machine, an image or settings differ.
    """
    was = before.environment
    now = describe(ground, intent, was.started_s)
    reason = was.mismatch(now) or _built_anew(ground, before, intent.manifests)
    if reason:
        raise Misuse(f"{before.folder.name} cannot be resumed: {reason}. Start a new one", remedy="orchbench bench")
    by_name = {manifest.name: manifest for manifest in intent.manifests}
    notes = was.machine.updates(now.machine)
    return Begun(before.folder, was, by_name, before.plan, before.genesis, before.records, notes)


def _built_anew(ground: BenchContext, before: Result, manifests: Sequence[Manifest]) -> str:
    """Name an orchestrator whose build would differ from the recorded one. Missing builds are allowed.

    Only orchestrators with remaining rounds are built. Builds are compared by their inputs, so a rebuild from the same
    files is the same.
    """
    inputs = {record.orchestrator: record.inputs_sha256 for record in before.records if isinstance(record, BuiltRecord)}
    to_come = {planned.orchestrator for planned in remaining_rounds(before.plan, before.records)}
    for manifest in manifests:
        if manifest.name in inputs and manifest.name in to_come:
            # If a build fails now, its own rounds will report it, and others continue.
            with suppress(Exception):
                built = ground.isolation.prepare(manifest, lambda _: None, ground.envelope)
                if built.inputs_sha256 != inputs[manifest.name]:
                    return f"{manifest.name} was built from different files"
    return ""
