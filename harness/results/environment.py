"""Where and with what a benchmark was made: the shape of `environment.json`. Looks at no machine and at no manifest."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from harness.experiment.crash import NotTried
from harness.experiment.envelope import Pinning
from harness.experiment.figures import Figure
from harness.orchestrators.manifest import MODES, Mode

ENVIRONMENT = "environment.json"
_ALIKE = 0.05
"""By which share the memory of one machine may differ: a kernel keeps a little more or less of it for itself."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Machine(_Model):
    """The host."""

    host: str
    cpu_model: str
    cpus: Figure
    memory_bytes: Figure
    kernel: str
    os: str

    def unlike(self, other: "Machine") -> str:
        """Say what makes two machines of them, as numbers go; empty where nothing does."""
        sizes = sorted((self.memory_bytes, other.memory_bytes))
        pairs = {
            "host": (self.host, other.host),
            "processor": (self.cpu_model, other.cpu_model),
            "number of CPUs": (self.cpus, other.cpus),
            "kernel": (_series(self.kernel), _series(other.kernel)),
        }
        if sizes[0] < (1 - _ALIKE) * sizes[1]:
            pairs["memory"] = (f"{self.memory_bytes / 2**30:.1f} GiB", f"{other.memory_bytes / 2**30:.1f} GiB")
        told = (f"its {name} was {was}, and here it is {now}" for name, (was, now) in pairs.items() if was != now)
        return "; ".join(told)

    def updates(self, other: "Machine") -> list[str]:
        """Say what was updated on a machine that stays the same one."""
        pairs = {"kernel": (self.kernel, other.kernel), "system": (self.os, other.os)}
        return [f"the {name} was {was}, and is {now} now" for name, (was, now) in pairs.items() if was != now]


def _series(kernel: str) -> str:
    """Return a kernel's first two numbers: what is counted behind them are corrections."""
    return ".".join(kernel.split("-")[0].split(".")[:2])


class Isolation(_Model):
    """How stacks were held apart: the kind, one phrase for a person, and single facts to compare.

    `caveats` say what is not as in the reference, which is containers; there are none for those.
    """

    kind: str
    summary: str
    facts: dict[str, str]
    caveats: list[str] = []


class Image(_Model):
    """What the warehouse ran from. `inputs_sha256` is the digest of what went into it."""

    id: str
    inputs_sha256: str


class Setting(_Model):
    """One setting that was not the tool's default, as it was set."""

    value: str
    reason: str
    docs: str


class Profile(_Model):
    """The settings under which a system was measured, what was taken from them, and crash scenarios not tried."""

    poll_period_s: float
    trial_limit_s: float
    metadata_database: bool
    settings: dict[str, Setting]
    not_tried: dict[str, NotTried]

    @property
    def parts(self) -> int:
        """How many parts of a stack have limits of their own: the orchestrator, and its metadata database if any."""
        return 2 if self.metadata_database else 1


class Unsupported(_Model):
    """What a tool offers nothing for, in a sentence, and the page that shows it."""

    reason: str
    docs: str


class System(_Model):
    """One orchestrator as it took part, with digests of its files.

    `code_sha256` is that of every file of its folder that can change a number.

    `mode` is what runs the pipeline. `unit_test` is the page on testing a pipeline without a server, `None` where there
    is none. `unsupported` holds what no scenario is about.
    """

    name: str
    title: str
    homepage: str
    version: str
    baseline: bool
    mode: Mode
    unit_test: str | None
    unsupported: dict[str, Unsupported]
    lock_sha256: str
    manifest_sha256: str
    driver_sha256: str
    code_sha256: str
    profiles: dict[str, Profile]


class Choice(_Model):
    """Who was asked for: names and profiles, none for those measured by default and for all profiles, or `everyone`."""

    only: list[str] = []
    profiles: list[str] = []
    everyone: bool = False


def modes_among(systems: Iterable[System]) -> list[Mode]:
    """Return the modes that there are, in the order in which they are shown; the baseline's does not count."""
    there = {system.mode for system in systems if not system.baseline}
    return [mode for mode in MODES if mode in there]


class Environment(_Model):
    """Everything a reader needs to judge a benchmark's numbers; `ended_s` is `None` until its plan is done.

    `harness_sha256` is the digest of the harness with all that its stacks share. `choice` is what was asked for, `None`
    where that is not known.
    """

    format: Figure
    method: Figure
    machine: Machine
    isolation: Isolation
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

    def profile(self, orchestrator: str, name: str) -> Profile | None:
        """Return a profile of an orchestrator that took part; `None` where there is none."""
        profiles = (system.profiles.get(name) for system in self.systems if system.name == orchestrator)
        return next(filter(None, profiles), None)

    def mismatch(self, other: "Environment") -> str:
        """Say in one sentence why records made under `other` may not be mixed with ours; empty when they may.

        Images are compared by what went into them: one that was built again from the same inputs is the same.
        """
        if different := self.machine.unlike(other.machine):
            return f"it was made on another machine: {different}"
        if self.isolation != other.isolation:
            return f"it was made with {_differing(self.isolation, other.isolation)}"
        if self.warehouse.inputs_sha256 != other.warehouse.inputs_sha256:
            return "it was made with another warehouse"
        theirs = {system.name: system for system in other.systems}
        for system in self.systems:
            if difference := _difference(system, theirs.get(system.name)):
                return f"it was made with {difference}"
        if (self.cpus, self.memory_bytes) != (other.cpus, other.memory_bytes):
            return f"its stacks had {_envelope(self)}, and here they have {_envelope(other)}"
        if self.pinning != other.pinning:
            return f"its stacks ran on {_cpus(self.pinning)}, and here they run on {_cpus(other.pinning)}"
        if self.harness_sha256 != other.harness_sha256:
            return "it was made with other files in harness/, compose/ or pipelines/reference/, or another uv.lock"
        if self.method != other.method:
            return f"its numbers were made by method {self.method}, this is method {other.method}"
        return ""


def _differing(was: Isolation, now: Isolation) -> str:
    """Say what of an isolation is another."""
    names = [name for name in {**was.facts, **now.facts} if was.facts.get(name) != now.facts.get(name)]
    if was.kind != now.kind or not names:
        return f"{was.summary}, and this is {now.summary}"
    told = (f"{name} {was.facts.get(name, 'unknown')}, which is {now.facts.get(name, 'unknown')} now" for name in names)
    return " and ".join(told)


def _difference(was: System, now: System | None) -> str:
    """Say what of a system is another; empty when nothing is."""
    if was == now:
        return ""
    if now is None or now.model_copy(update={"code_sha256": was.code_sha256}) != was:
        return f"another lock, manifest or driver of {was.name}"
    return f"other files in pipelines/{was.name}/"


def _envelope(environment: Environment) -> str:
    return f"{environment.cpus:g} CPUs and {environment.memory_bytes / 2**30:.2f} GiB"


def _cpus(pinning: Pinning) -> str:
    beside = f", {pinning.jobs} side by side" if pinning.jobs > 1 else ""
    return f"the CPUs {', '.join(map(str, pinning.stacks))}{beside}{'' if pinning.pinned else ', not pinned'}"
