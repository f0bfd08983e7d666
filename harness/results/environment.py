"""The content of `environment.json`: where and with what a benchmark was measured. Reads no machine or manifest."""

from collections.abc import Iterable, Mapping
from math import isclose
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from harness.experiment.bounded import Amount, Figure, Seconds, Sha256
from harness.experiment.crash import NotTried
from harness.experiment.envelope import Pinning
from harness.orchestrators.manifest import MODES, Mode

ENVIRONMENT = "environment.json"
Key = TypeVar("Key")
_ALIKE = 0.05
"""How much one machine's memory may differ, as a share, because kernels reserve different amounts."""


class _EnvironmentModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_min_length=1)


class Machine(_EnvironmentModel):
    """The host."""

    host: str
    cpu_model: str
    cpus: Amount
    memory_bytes: Amount
    kernel: str
    os: str

    def unlike(self, other: "Machine") -> str:
        """Say how the machines differ in ways that change numbers. Empty if they do not."""
        pairs = {
            "host": (self.host, other.host),
            "processor": (self.cpu_model, other.cpu_model),
            "number of CPUs": (self.cpus, other.cpus),
            "kernel": (_series(self.kernel), _series(other.kernel)),
        }
        if not isclose(self.memory_bytes, other.memory_bytes, rel_tol=_ALIKE):
            pairs["memory"] = (f"{self.memory_bytes / 2**30:.1f} GiB", f"{other.memory_bytes / 2**30:.1f} GiB")
        return ", ".join(f"its {name} was {was} and is {now} here" for name, (was, now) in pairs.items() if was != now)

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
    inputs_sha256: Sha256


class ResolvedSetting(_EnvironmentModel):
    """One non-default setting."""

    value: Annotated[str, Field(min_length=0)]
    reason: str
    docs: str


class ResolvedProfile(_EnvironmentModel):
    """The settings of a measured system, figures derived from them, and crash scenarios that do not apply."""

    poll_period_s: Seconds
    trial_limit_s: Seconds
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
    lock_sha256: Sha256
    manifest_sha256: Sha256
    driver_sha256: Sha256
    code_sha256: Sha256 | None
    profiles: Annotated[dict[str, ResolvedProfile], Field(min_length=1)]


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

    `commit` is empty in a checkout from an archive. `harness_sha256` is the digest of the harness and of all files that
    stacks share. `choice` may be unknown.
    """

    format: Figure
    method: Figure
    machine: Machine
    isolation: IsolationFacts
    systems: Annotated[list[System], Field(min_length=1)]
    warehouse: Image
    cpus: Annotated[float, Field(gt=0, lt=2**63)]
    memory_bytes: Amount
    pinning: Pinning
    preset: str
    laps: Amount
    seed: Figure
    plan_sha256: Sha256
    commit: Annotated[str, Field(min_length=0, pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})?$")]
    dirty: bool
    harness_sha256: Sha256
    choice: Choice | None
    started_s: Seconds
    ended_s: Seconds | None = None

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
        if values := first_difference(self.values(), other.values()):
            what, was, now = values
            return f"it was measured with {what} {was}, which is {now} now"
        changed = first_difference(self._digests(), other._digests())
        return f"{changed[0]} changed since" if changed else ""

    def values(self) -> dict[str, object]:
        """Return the values that a number depends on, by readable name, apart from the machine and the systems."""
        return {
            "the method": self.method,
            "the isolation": self.isolation.kind,
            **{f"the isolation's {name}": fact for name, fact in sorted(self.isolation.facts.items())},
            "the CPUs of a stack": f"{self.cpus:g}",
            "the memory of a stack in bytes": self.memory_bytes,
            "the number of parallel rounds": self.pinning.jobs,
        }

    def _digests(self) -> dict[str, object]:
        """Return what must be the same too to resume, but has no readable value."""
        whole = {each.name: each.model_copy(update={"code_sha256": None}) for each in self.systems}
        return {
            "the isolation": self.isolation,
            "the warehouse": self.warehouse.inputs_sha256,
            "the CPUs of harness and stacks": self.pinning,
            **{f"the lock, manifest or driver of {name}": each for name, each in whole.items()},
            **{f"files in pipelines/{each.name}/": each.code_sha256 for each in self.systems},
            "files in harness/, compose/ or pipelines/reference/, or uv.lock,": self.harness_sha256,
        }


def first_difference(ours: Mapping[Key, object], theirs: Mapping[Key, object]) -> tuple[Key, object, object] | None:
    """Return the first name whose values differ, and both values. A missing one is `None`."""
    both = ((name, ours.get(name), theirs.get(name)) for name in {**ours, **theirs})
    return next((each for each in both if each[1] != each[2]), None)
