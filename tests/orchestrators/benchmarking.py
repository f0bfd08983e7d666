"""Small benchmarks of test orchestrators, run like those of the command line."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.experiment.envelope import Envelope, Pinning
from harness.experiment.plan import Plan, Preset
from harness.isolation.host_lock import exclusive
from harness.isolation.pinning import available_cpus
from harness.isolation.protocol import Built, Install, Isolation
from harness.measure.benchmark import Benchmark
from harness.measure.crash_round import CrashRound
from harness.measure.describe_machine import BenchContext, Intent, describe
from harness.measure.hearing import Listener
from harness.measure.side_by_side import Recorded, run_side_by_side
from harness.orchestrators.manifest import Manifest
from harness.results.result import write_beginning, write_end
from harness.results.store import Store

AT_ONCE = 4
"""How many rounds of the crash lab run in parallel, as with `--jobs 4`."""


@dataclass(frozen=True)
class BuiltByTests:
    """An isolation that builds like tests and installs nothing, because tests share the baseline's lock."""

    isolation: Isolation
    prepare_it: Callable[[Manifest], Built]

    def prepare(self, manifest: Manifest, _say: object, _envelope: Envelope) -> Built:
        """Build like tests."""
        return self.prepare_it(manifest)

    def install(self, _manifest: Manifest, _envelope: Envelope) -> Install:
        """Return any cost of an install, because no test depends on it."""
        return Install(download_bytes=1, packages=1, seconds=1.0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.isolation, name)


def run_benchmark(
    folder: Path,
    isolation: Isolation,
    build: Callable[[Manifest], Built],
    manifests: Mapping[str, Manifest],
    plan: Plan,
    preset: Preset,
    listener: Listener,
) -> None:
    """Run a benchmark into a new folder."""
    envelope, cpus = Envelope(), sorted(available_cpus())
    pinning = Pinning(pinned=False, harness=cpus, stacks=cpus)
    ground = BenchContext(isolation, isolation.prepare_warehouse(print), envelope, pinning)
    intent = Intent(list(manifests.values()), None, preset.name, preset.laps, 1, plan)
    environment = describe(ground, intent, time.time())
    folder.mkdir()
    store = Store(folder, write_beginning(folder, environment, plan))
    built = BuiltByTests(isolation, build)
    loop = Benchmark(manifests, built, envelope, pinning, environment, store, listener)
    loop.run(plan, [], lambda: None)
    write_end(folder, max(time.time(), store.latest_s))


def run_rounds(rounds: Sequence[CrashRound], at_once: int = AT_ONCE) -> list[Recorded]:
    """Run rounds of the crash lab in parallel. They record verdicts instead of times, and mostly wait."""
    with exclusive():
        return list(run_side_by_side(rounds, print, at_once))
