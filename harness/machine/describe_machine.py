"""Describes the environment of a result from this machine and this checkout."""

import hashlib
import os
import platform
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.experiment.crash import NotTried
from harness.experiment.envelope import Envelope, Pinning
from harness.experiment.plan import Plan, plan_json
from harness.experiment.versions import FORMAT, METHOD
from harness.isolation.protocol import Isolation
from harness.machine.checkout import commit_of
from harness.machine.code_state import harness_files
from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.manifest import MANIFEST, Manifest
from harness.paths import REPOSITORY
from harness.provision.built import Built
from harness.provision.sources import code_in, content_sha256
from harness.results.environment import (
    UNTESTED,
    Choice,
    Environment,
    Image,
    IsolationFacts,
    Machine,
    ResolvedProfile,
    ResolvedSetting,
    System,
    UnsupportedScenario,
)
from harness.results.records import Record


@dataclass(frozen=True)
class BenchContext:
    """The basis of a benchmark: isolation, warehouse, resource limits and CPUs."""

    isolation: Isolation
    warehouse: Built
    envelope: Envelope
    pinning: Pinning


@dataclass(frozen=True)
class Intent:
    """The planned measurement before anything is built: orchestrators, their choice, and the plan."""

    manifests: Sequence[Manifest]
    choice: Choice | None
    preset: str
    laps: int
    seed: int
    plan: Plan
    done: Sequence[Record] = ()


def describe(
    ground: BenchContext, intent: Intent, not_tried: Mapping[tuple[str, str], Mapping[str, NotTried]], started_s: float
) -> Environment:
    """Return the environment of a benchmark that starts now.

    `not_tried` has the scenarios that do not apply to an orchestrator and profile, and why.
    """
    commit, dirty = commit_of(REPOSITORY, [manifest.name for manifest in intent.manifests])
    return Environment(
        format=FORMAT,
        method=METHOD,
        machine=_machine(),
        isolation=IsolationFacts(**asdict(ground.isolation.describe())),
        systems=[_system(manifest, not_tried) for manifest in intent.manifests],
        warehouse=Image(id=ground.warehouse.id, inputs_sha256=ground.warehouse.inputs_sha256),
        cpus=ground.envelope.cpus,
        memory_bytes=ground.envelope.memory_bytes,
        pinning=ground.pinning,
        preset=intent.preset,
        laps=intent.laps,
        seed=intent.seed,
        plan_sha256=hashlib.sha256(plan_json(intent.plan)).hexdigest(),
        commit=commit,
        dirty=dirty,
        harness_sha256=harness_sha256(),
        choice=intent.choice,
        started_s=started_s,
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def harness_sha256(repository: Path = REPOSITORY) -> str:
    """Return the digest of the harness and of shared files as they are now, not as in the commit."""
    return content_sha256(harness_files(repository))


def _machine() -> Machine:
    return Machine(
        host=socket.gethostname(),
        cpu_model=_cpu_model(),
        cpus=os.cpu_count() or 0,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=platform.release(),
        os=_os(),
    )


def _system(manifest: Manifest, not_tried: Mapping[tuple[str, str], Mapping[str, NotTried]]) -> System:
    return System(
        name=manifest.name,
        title=manifest.title,
        homepage=str(manifest.homepage),
        version=manifest.version,
        baseline=manifest.baseline,
        mode=manifest.mode,
        shared_profile=manifest.shared_profile,
        unit_test=str(manifest.unit_test) if manifest.unit_test else None,
        unsupported={
            name: UnsupportedScenario(**lack.model_dump(mode="json"))
            for name, lack in manifest.unsupported.items()
            if name in UNTESTED
        },
        lock_sha256=_sha256(manifest.lock),
        manifest_sha256=_sha256(manifest.folder / MANIFEST),
        driver_sha256=_sha256(manifest.folder / "driver.py"),
        code_sha256=content_sha256({str(path.relative_to(manifest.folder)): path for path in code_in(manifest.folder)}),
        profiles={
            each.profile: _profile(each, not_tried.get((each.name, each.profile), {}))
            for each in contenders([manifest])
        },
    )


def _profile(contender: Contender, not_tried: Mapping[str, NotTried]) -> ResolvedProfile:
    profile = contender.settings
    return ResolvedProfile(
        poll_period_s=profile.poll_period_s,
        trial_limit_s=contender.trial_limit_s,
        metadata_database=profile.metadata_database,
        settings={key: ResolvedSetting(**each.model_dump(mode="json")) for key, each in profile.settings.items()},
        not_tried=dict(not_tried),
    )


def _cpu_model() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _os() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()
