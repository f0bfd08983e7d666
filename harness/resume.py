"""Which benchmark can go on, and whether it may: nothing that its numbers depend on has changed since."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from docker.models.images import Image

from harness.environment import Environment, describe, read_environment
from harness.folders import newest
from harness.misuse import Misuse
from harness.orchestrator import Manifest
from harness.pinning import Pinning
from harness.plan import read_plan
from harness.stack import Envelope


def resumable(
    manifests: Sequence[Manifest], images: Mapping[str, Image], warehouse: Image, envelope: Envelope, pinning: Pinning
) -> tuple[Path, Environment, list[Manifest]]:
    """Return the newest unfinished benchmark's folder, its environment, and who takes part in it.

    Raises `Misuse` when there is none, and when it was made elsewhere, with another image or under other settings.
    """
    folder = newest(
        lambda environment: environment.ended_s is None,
        "no unfinished benchmark; start one with: orchbench bench",
    )
    before = read_environment(folder)
    profiles = {system.name: system.profiles for system in before.systems}
    taking_part = [
        manifest.model_copy(
            update={"profiles": {n: each for n, each in manifest.profiles.items() if n in profiles[manifest.name]}}
        )
        for manifest in manifests
        if manifest.name in profiles
    ]
    now = describe(
        taking_part,
        images,
        warehouse,
        envelope,
        preset=before.preset,
        laps=before.laps,
        seed=before.seed,
        plan=read_plan(folder),
        pinning=pinning,
        started_s=before.started_s,
    )
    if reason := before.mismatch(now):
        raise Misuse(f"{folder.name} cannot be resumed: {reason}; start a new one with: orchbench bench")
    return folder, before, taking_part
