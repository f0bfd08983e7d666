"""Where and with what a benchmark was made: the shape of `environment.json`. Looks at no machine and at no manifest."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from harness.experiment.crash import NotTried
from harness.experiment.envelope import Pinning
from harness.experiment.figures import Figure
from harness.orchestrators.manifest import MODES, Mode

ENVIRONMENT = "environment.json"


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


class Isolation(_Model):
    """How stacks were held apart: the kind, one phrase for a person, and single facts to compare.

    `caveats` say what is not as in the reference, which is containers; there are none for those.
    """

    kind: str
    summary: str
    facts: dict[str, str]
    caveats: list[str] = []


class Image(_Model):
    """What the warehouse ran from. `inputs_sha256` is the digest of what went into it, `None` where it is not known."""

    id: str
    inputs_sha256: str | None


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
    not_tried: dict[str, NotTried] = {}

    @property
    def parts(self) -> int:
        """How many parts of a stack have limits of their own: the orchestrator, and its metadata database if any."""
        return 2 if self.metadata_database else 1


class Unsupported(_Model):
    """What a tool offers nothing for, in a sentence, and the page that shows it."""

    reason: str
    docs: str


class System(_Model):
    """One orchestrator as it took part; digests of its files, `None` where they are not known.

    `mode` is what runs the pipeline; results from before it was recorded hold servers only. `unit_test` is the page on
    testing a pipeline without a server, `None` where there is none. `unsupported` holds what no scenario is about.
    """

    name: str
    title: str
    homepage: str
    version: str
    baseline: bool
    mode: Mode = "server"
    unit_test: str | None = None
    unsupported: dict[str, Unsupported] = {}
    lock_sha256: str
    manifest_sha256: str | None = None
    driver_sha256: str | None = None
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

    `carried_from` is the last link of the chain under which the records stood in an older format, `None` for records
    that were written in this one. `harness_sha256` is the digest of the harness with all that its stacks share, `None`
    where it is unknown. `choice` is what was asked for, `None` in results from before it was recorded.
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
    harness_sha256: str | None = None
    choice: Choice | None = None
    started_s: float
    ended_s: float | None = None
    carried_from: str | None = None

    def profile(self, orchestrator: str, name: str) -> Profile | None:
        """Return a profile of an orchestrator that took part; `None` where there is none."""
        profiles = (system.profiles.get(name) for system in self.systems if system.name == orchestrator)
        return next(filter(None, profiles), None)

    def mismatch(self, other: "Environment") -> str:
        """Say in one sentence why records made under `other` may not be mixed with ours; empty when they may.

        Images are compared by what went into them: one that was built again from the same inputs is the same.
        """
        if self.machine != other.machine:
            return f"it was made on another machine ({self.machine.host}, {self.machine.cpu_model})"
        if self.isolation != other.isolation:
            return f"it was made with {self.isolation.summary}"
        if self.warehouse.inputs_sha256 != other.warehouse.inputs_sha256:
            return "it was made with another warehouse"
        theirs = {system.name: system for system in other.systems}
        for system in self.systems:
            if system != theirs.get(system.name):
                return f"it was made with another lock, manifest or driver of {system.name}"
        if (self.cpus, self.memory_bytes) != (other.cpus, other.memory_bytes):
            return "it was made under another envelope"
        if self.pinning != other.pinning:
            return "it was made on other CPUs"
        if self.harness_sha256 != other.harness_sha256:
            return "it was made with other files in harness/, compose/ or pipelines/reference/, or another uv.lock"
        if self.method != other.method:
            return f"its numbers were made by method {self.method}, this is method {other.method}"
        return ""
