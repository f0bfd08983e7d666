"""Starts a benchmark in a new folder with its plan and environment, or resumes one."""

import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Misuse
from harness.labs.benchmark import remaining_rounds
from harness.labs.kind import Preset
from harness.labs.kinds import kind_of
from harness.machine.describe_machine import BenchContext, Intent, describe
from harness.orchestrators.contender import contenders
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import Manifest
from harness.results.environment import Choice, Environment
from harness.results.folders import new_folder, newest
from harness.results.records import BuiltRecord
from harness.results.result import Result, write_beginning


@dataclass(frozen=True)
class Begun:
    """A benchmark that is ready to run: its folder, its environment, and what is planned and done.

    `notes` say what has changed since it began.
    """

    folder: Path
    environment: Environment
    intent: Intent
    genesis: str
    notes: Sequence[str] = ()


def intend(
    isolation: str,
    manifests: Sequence[Manifest],
    choice: Choice,
    preset: Preset,
    laps: int | None = None,
    seed: int | None = None,
) -> Intent:
    """Create the plan of a new benchmark with this kind of isolation.

    `laps` defaults to the preset's, and `seed` is random by default. Raises `Misuse` if the plan would be empty.
    """
    laps = laps or preset.laps
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    return Intent(manifests, choice, preset.name, laps, seed, preset.plan(manifests, isolation, laps, seed))


def begin(ground: BenchContext, intent: Intent) -> Begun:
    """Create the folder of a new benchmark."""
    environment = _describe(ground, intent, time.time())
    folder = new_folder()
    genesis = write_beginning(folder, environment, intent.plan)
    return Begun(folder, environment, intent, genesis)


def _describe(ground: BenchContext, intent: Intent, started_s: float) -> Environment:
    isolation, plan = ground.isolation.kind, intent.plan
    not_tried = {
        (each.name, each.profile): kind_of(plan).not_tried(each, isolation, plan)
        for each in contenders(intent.manifests)
    }
    return describe(ground, intent, not_tried, started_s)


def unfinished() -> Result:
    """Return the newest unfinished benchmark. Raises `Misuse` if there is none."""
    nothing = "there is no unfinished benchmark"
    return newest(lambda environment: environment.ended_s is None, nothing, "orchbench bench")


def intent_of(before: Result) -> Intent:
    """Return the intent of an unfinished benchmark: its original plan with the current manifests."""
    was = before.environment
    profiles = {system.name: system.profiles for system in was.systems}
    manifests = [each.with_profiles(profiles[each.name]) for each in discover() if each.name in profiles]
    return Intent(manifests, was.choice, was.preset, was.laps, was.seed, before.plan, before.records)


def resume(ground: BenchContext, before: Result, intent: Intent) -> Begun:
    """Return an unfinished benchmark that is ready to resume.

    Updates that change no number are in its `notes`. Raises `Misuse` if the machine, an image or settings differ.
    """
    was = before.environment
    now = _describe(ground, intent, was.started_s)
    reason = was.mismatch(now) or _built_anew(ground, before, intent.manifests)
    if reason:
        raise Misuse(f"{before.folder.name} cannot be resumed: {reason}. Start a new one", remedy="orchbench bench")
    return Begun(before.folder, was, intent, before.genesis, was.machine.updates(now.machine))


def _built_anew(ground: BenchContext, before: Result, manifests: Sequence[Manifest]) -> str:
    """Name an orchestrator whose build would differ from the recorded one. Missing builds are allowed.

    Only orchestrators with remaining rounds are built. Builds are compared by their inputs, so a rebuild from the same
    files is the same.
    """
    inputs = {record.orchestrator: record.inputs_sha256 for record in before.records if isinstance(record, BuiltRecord)}
    to_come = {planned.orchestrator for planned in remaining_rounds(before.plan, before.records)}
    for manifest in manifests:
        if manifest.name in inputs.keys() & to_come:
            # If a build fails now, its own rounds will report it, and others continue.
            with suppress(Exception):
                built = ground.isolation.prepare(manifest, lambda _: None, ground.envelope)
                if built.inputs_sha256 != inputs[manifest.name]:
                    return f"{manifest.name} was built from different files"
    return ""
