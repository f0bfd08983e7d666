"""The content of `environment.json`: where and with what a benchmark was measured. Reads no machine or manifest."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from harness.experiment.bounded import Figure
from harness.experiment.crash import NotTried
from harness.experiment.envelope import Pinning
from harness.orchestrators.manifest import MODES, Mode

ENVIRONMENT = "environment.json"
_ALIKE = 0.05
"""How much one machine's memory may differ, as a share, because kernels reserve different amounts."""


class _EnvironmentModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Machine(_EnvironmentModel):
    """The host."""

    host: str
    cpu_model: str
    cpus: Figure
    memory_bytes: Figure
    kernel: str
    os: str

    def unlike(self, other: "Machine") -> str:
        """Say how the machines differ in ways that change numbers. Empty if they do not."""
        sizes = sorted((self.memory_bytes, other.memory_bytes))
        pairs = {
            "host": (self.host, other.host),
            "processor": (self.cpu_model, other.cpu_model),
            "number of CPUs": (self.cpus, other.cpus),
            "kernel": (_series(self.kernel), _series(other.kernel)),
        }
        if sizes[0] < (1 - _ALIKE) * sizes[1]:
            pairs["memory"] = (f"{self.memory_bytes / 2**30:.1f} GiB", f"{other.memory_bytes / 2**30:.1f} GiB")
        told = (f"its {name} was {was} and is {now} here" for name, (was, now) in pairs.items() if was != now)
        return ", ".join(told)

    def updates(self, other: "Machine") -> list[str]:
        """Say what was updated on the same machine."""
        pairs = {"kernel": (self.kernel, other.kernel), "system": (self.os, other.os)}
        return [f"the {name} was {was} and is {now} now" for name, (was, now) in pairs.items() if was != now]


def _series(kernel: str) -> str:
    """Return a kernel's first two version numbers, without patch levels."""
    return ".".join(kernel.split("-")[0].split(".")[:2])


class IsolationFacts(_EnvironmentModel):
    """The isolation of stacks: its kind, one phrase for people, and single facts to compare.

    `caveats` say how it differs from containers, which are the reference and have none.
    """

    kind: str
    summary: str
    facts: dict[str, str]
    caveats: list[str] = []


class Image(_EnvironmentModel):
    """The image of the warehouse. `inputs_sha256` is the digest of its inputs."""

    id: str
    inputs_sha256: str


class ResolvedSetting(_EnvironmentModel):
    """One non-default setting."""

    value: str
    reason: str
    docs: str


class ResolvedProfile(_EnvironmentModel):
    """The settings of a measured system, figures derived from them, and crash scenarios that do not apply."""

    poll_period_s: float
    trial_limit_s: float
    metadata_database: bool
    settings: dict[str, ResolvedSetting]
    not_tried: dict[str, NotTried]

    @property
    def parts(self) -> int:
        """How many parts of a stack have separate limits: the orchestrator, and its metadata database if any."""
        return 2 if self.metadata_database else 1


UNTESTED = ("attempts", "ui")
"""The features of a tool that no scenario tests, as in a manifest's `unsupported`."""


class UnsupportedScenario(_EnvironmentModel):
    """Why a tool does not support something, and the page that documents it."""

    reason: str
    docs: str


class System(_EnvironmentModel):
    """One measured orchestrator, with digests of its files.

    `code_sha256` covers every file of its folder that can change a number. It is `None` if it is unknown. `mode` is its
    deployment type. `shared_profile` is the profile of records that all its profiles share. `unit_test` is the page on
    testing a pipeline without a server, or `None`. `unsupported` names unsupported features that are `UNTESTED`.
    """

    name: str
    title: str
    homepage: str
    version: str
    baseline: bool
    mode: Mode
    shared_profile: str
    unit_test: str | None
    unsupported: dict[str, UnsupportedScenario]
    lock_sha256: str
    manifest_sha256: str
    driver_sha256: str
    code_sha256: str | None
    profiles: dict[str, ResolvedProfile]


class Choice(_EnvironmentModel):
    """The requested systems and profiles. Empty means the default systems and all profiles. `everyone` means all."""

    only: list[str] = []
    profiles: list[str] = []
    everyone: bool = False


def modes_among(systems: Iterable[System]) -> list[Mode]:
    """Return the modes of these systems in display order, without the baseline's."""
    there = {system.mode for system in systems if not system.baseline}
    return [mode for mode in MODES if mode in there]


class Environment(_EnvironmentModel):
    """Everything a reader needs to judge a benchmark's numbers. `ended_s` is `None` until its plan is complete.

    `harness_sha256` is the digest of the harness and of all files that stacks share. `choice` is the request, or `None`
    if it is unknown.
    """

    format: Figure
    method: Figure
    machine: Machine
    isolation: IsolationFacts
    systems: list[System]
    warehouse: Image
    cpus: float
    memory_bytes: Figure
    pinning: Pinning
    preset: str
    laps: Figure
    seed: Figure
    plan_sha256: str
    commit: str
    dirty: bool
    harness_sha256: str
    choice: Choice | None
    started_s: float
    ended_s: float | None = None

    def profile(self, orchestrator: str, name: str) -> ResolvedProfile | None:
        """Return a profile of a measured orchestrator, or `None`."""
        profiles = (system.profiles.get(name) for system in self.systems if system.name == orchestrator)
        return next(filter(None, profiles), None)

    def mismatch(self, other: "Environment") -> str:
        """Say in one sentence why records of `other` must not be mixed with ours. Empty if they can be.

        Images are compared by their inputs: an image that is rebuilt from the same inputs is the same.
        """
        if different := self.machine.unlike(other.machine):
            return f"it was measured on another machine: {different}"
        if self.isolation != other.isolation:
            return f"it was measured with {_differing(self.isolation, other.isolation)}"
        if self.warehouse.inputs_sha256 != other.warehouse.inputs_sha256:
            return "it was measured with another warehouse"
        theirs = {system.name: system for system in other.systems}
        for system in self.systems:
            if difference := _difference(system, theirs.get(system.name)):
                return f"it was measured with {difference}"
        if (self.cpus, self.memory_bytes) != (other.cpus, other.memory_bytes):
            return f"its stacks had {_envelope(self)}, and now they have {_envelope(other)}"
        if self.pinning != other.pinning:
            return f"its stacks ran on {_cpus(self.pinning)}, and now they run on {_cpus(other.pinning)}"
        if self.harness_sha256 != other.harness_sha256:
            return "files in harness/, compose/ or pipelines/reference/, or uv.lock, have changed since"
        if self.method != other.method:
            return f"it was measured with method {self.method}, and this is method {other.method}"
        return ""


def _differing(was: IsolationFacts, now: IsolationFacts) -> str:
    """Say how two isolations differ."""
    names = [name for name in {**was.facts, **now.facts} if was.facts.get(name) != now.facts.get(name)]
    if was.kind != now.kind or not names:
        return f"{was.summary}, and now it is {now.summary}"
    told = (f"{name} {was.facts.get(name, 'unknown')}, which is {now.facts.get(name, 'unknown')} now" for name in names)
    return " and ".join(told)


def _difference(was: System, now: System | None) -> str:
    """Say how a system differs. Empty if it does not."""
    if was == now:
        return ""
    if now is None or now.model_copy(update={"code_sha256": was.code_sha256}) != was:
        return f"a different lock, manifest or driver of {was.name}"
    return f"different files in pipelines/{was.name}/"


def _envelope(environment: Environment) -> str:
    return f"{environment.cpus:g} CPUs and {environment.memory_bytes / 2**30:.2f} GiB"


def _cpus(pinning: Pinning) -> str:
    beside = f", {pinning.jobs} in parallel" if pinning.jobs > 1 else ""
    return f"the CPUs {', '.join(map(str, pinning.stacks))}{beside}{'' if pinning.pinned else ', not pinned'}"
