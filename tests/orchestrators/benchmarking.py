"""Small benchmarks of test orchestrators, run like those of the command line."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.experiment.envelope import Envelope, Pinning
from harness.experiment.plan import Plan
from harness.isolation.protocol import Isolation, available_cpus
from harness.labs.benchmark import Benchmark, Listener
from harness.labs.crash.observer import Patience
from harness.labs.crash.round import CrashRound
from harness.labs.kind import Preset
from harness.labs.side_by_side import Recorded, run_side_by_side
from harness.machine.describe_machine import BenchContext, Intent, describe
from harness.machine.host_lock import exclusive
from harness.orchestrators.manifest import Manifest
from harness.provision.built import Built, Install
from harness.results.result import write_beginning, write_end
from harness.results.store import Store

AT_ONCE = 4
"""How many rounds of the crash lab run in parallel, as with `--jobs 4`."""


@dataclass(frozen=True)
class QuickRound(CrashRound):
    """A round of the crash lab that does not wait long after an end was reported."""

    @property
    def patience(self) -> Patience:
        """Return timeouts that only what is stuck takes in full."""
        return Patience(limit_s=self.plan.patience_s, success_s=1, failure_s=2, leftovers_s=30)


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
    ground = BenchContext(BuiltByTests(isolation, build), isolation.prepare_warehouse(print), envelope, pinning)
    intent = Intent(list(manifests.values()), None, preset.name, preset.laps, 1, plan)
    environment = describe(ground, intent, {}, time.time())
    folder.mkdir()
    store = Store(folder, write_beginning(folder, environment, plan))
    Benchmark(ground, intent, environment, store, listener).run(lambda: None)
    write_end(folder, max(time.time(), store.latest_s))


def run_rounds(rounds: Sequence[CrashRound], at_once: int = AT_ONCE) -> list[Recorded]:
    """Run rounds of the crash lab in parallel. They record verdicts instead of times, and mostly wait."""
    with exclusive():
        return list(run_side_by_side(rounds, print, at_once))
