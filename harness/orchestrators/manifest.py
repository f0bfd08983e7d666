"""Manifests: what the harness knows of an orchestrator before it runs, read from `pipelines/NAME/orchestrator.toml`.

A profile inherits from `defaults` and says only what differs. This module reads files only.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from harness.errors import HarnessError
from harness.orchestrators.lock import read_lock
from harness.orchestrators.names import objection

MANIFEST = "orchestrator.toml"
NOTES = "NOTES.md"
"""What was chosen and left out, for a reader and for the tool's own maintainers; no stack needs it."""
DEFAULTS = "defaults"
"""The profile that every orchestrator has, and from which the others inherit."""
METADATA = "${METADATA}"
"""In a setting's value: user, password, address and name of the stack's metadata database."""


class ManifestError(HarnessError):
    """A manifest does not say what it must; the message names file, field and what was expected."""


class Strict(BaseModel):
    """A model that refuses unknown fields, so that a typing error in a manifest is found."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Line = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Text in one line: it stands in a cell of a table, or in a variable's value."""
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def _inside(pattern: str) -> str:
    if pattern.startswith("/") or ".." in Path(pattern).parts:
        raise ValueError("expected a pattern of files below this repository")
    if Path(pattern).parts.count("**") > 1:
        # Each further one multiplies the folders that are walked.
        raise ValueError("expected at most one '**'")
    return pattern


def _usable(name: str) -> str:
    if fault := objection(name):
        raise ValueError(fault)
    return name


Pattern = Annotated[Line, Field(max_length=255), AfterValidator(_inside)]
"""A glob of files of this repository."""
Port = Annotated[int, Field(gt=0, lt=65536)]


class Setting(Strict):
    """One environment variable of the orchestrator, with its reason and the page that documents it."""

    value: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
    reason: Line
    docs: HttpUrl


Mode = Literal["server", "library", "emulator"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""In the order in which they are shown."""
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class Code(Strict):
    """Which files count as what for the lines of code: glob patterns relative to the repository."""

    pipeline: list[Pattern] = Field(default_factory=list)
    config: list[Pattern] = Field(default_factory=list)
    deployment: list[Pattern] = Field(default_factory=list)


class Unsupported(Strict):
    """What a tool cannot do, in a sentence, and the page that shows it."""

    reason: Line
    docs: HttpUrl


class Profile(Strict):
    """A named set of settings: `defaults` is what the quick start leaves, `tuned` is documented for short runs.

    Here it is whole: what a manifest's profile leaves out was taken from its `defaults`.
    """

    poll_period_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = Field(
        default=0, description="the tool's documented polling period; triggers come at a random phase of it"
    )
    trial_s: Seconds = Field(description="what one warm etl trial takes: for plans and first estimates")
    silence_limit_s: Seconds | None = Field(
        default=None, description="how long the tool takes a step without a heartbeat for alive, by its documentation"
    )
    trial_limit_s: Seconds | None = Field(default=None, description="instead of the manifest's, where it waits less")
    metadata_database: bool = Field(
        default=False, description=f"a PostgreSQL of the orchestrator's own; {METADATA} in a setting is its address"
    )
    settings: dict[Variable, Setting] = Field(default_factory=dict)
    code: Code = Field(default_factory=Code, description="files that only this profile needs")

    @model_validator(mode="after")
    def _database_is_used(self) -> Self:
        used = any(METADATA in setting.value for setting in self.settings.values())
        if used != self.metadata_database:
            raise ValueError(f"metadata_database needs a setting with {METADATA}, and the other way round")
        return self


class Manifest(Strict):
    """One orchestrator, as its own folder describes it."""

    name: Annotated[str, AfterValidator(_usable)]
    title: Line
    homepage: HttpUrl
    package: Line = Field(description="distribution whose pin in requirements.lock is the version shown")
    baseline: bool = Field(default=False, description="what the others are compared with")
    measured_by_default: bool = Field(
        default=False, description="takes part where a benchmark names nobody; the baseline always does"
    )
    mode: Mode = Field(
        default="server",
        description="what runs the pipeline: the tool's own server, a library in a small server, or an emulator",
    )
    port: Port = Field(description="where the API listens inside the container")
    ports: dict[Variable, Port] = Field(
        default_factory=dict,
        description="every other port that it opens, by the variable that names it: as it is inside a container",
    )
    ui: Line = Field(default="/", pattern=r"^/", description="path that a person opens")
    unit_test: HttpUrl | None = Field(
        default=None,
        description="the page that tells how a pipeline is tested without a server, as `unit_test` in the folder does",
    )
    guarded: HttpUrl | None = Field(
        default=None,
        description="the page on its limits of time and of runs at once, as the workload `guarded` sets them",
    )
    ready_limit_s: Seconds
    trial_limit_s: Seconds
    scheduler: Line | None = Field(
        default=None, description="the program of its supervisord that schedules, and may die alone"
    )
    stop_grace_s: Annotated[int, Field(gt=0, le=600)] = Field(
        default=30,  # Kubernetes' own, and long enough for a tool that lets a step of the lab end
        description="what each of its programs is given between SIGTERM and SIGKILL, by its documentation",
    )
    unsupported: dict[str, Unsupported] = Field(
        default_factory=dict,
        description="what the tool offers nothing for: crash scenarios by name, `attempts` (its own account), `ui`",
    )
    secrets: list[Variable] = Field(default_factory=list, description="variables generated anew for each stack")
    profiles: dict[str, Profile]
    code: Code
    folder: Path = Field(description="where the manifest was read from; never in the manifest itself")

    @property
    def compose_file(self) -> Path:
        """A compose file of its own, laid on top of the one for all stacks; most orchestrators bring none."""
        return self.folder / "compose.yaml"

    @property
    def lock(self) -> Path:
        """The hash-locked requirements of the orchestrator's environment."""
        return self.folder / "requirements.lock"

    @property
    def version(self) -> str:
        """The locked version of the orchestrator itself.

        Raises `ManifestError` when the lock does not pin the manifest's package.
        """
        if not self.lock.is_file():
            raise ManifestError(f"{self.lock} is missing", remedy=f"orchbench lock {self.name}")
        pin = read_lock(self.lock).pin(self.package)
        if pin is None:
            raise ManifestError(f"{self.lock}: expected a pin of {self.package!r}")
        return pin.version

    @property
    def first_profile(self) -> str:
        """The profile under which is recorded what all profiles share, such as the install."""
        return standing_for_all(self.profiles)

    def with_every_profile(self) -> "Manifest":
        """Return the manifest as it was read, whichever of its profiles were chosen. Raises `ManifestError`."""
        return read_manifest(self.folder / MANIFEST)

    def limit_s(self, profile: str) -> float:
        """Return how long a trial under a profile may take until it counts as hung."""
        return self.profiles[profile].trial_limit_s or self.trial_limit_s


def standing_for_all(profiles: Iterable[str]) -> str:
    """Return which of an orchestrator's profiles carries the records of what they all share."""
    return min(profiles)


def read_manifest(path: Path) -> Manifest:
    """Read and check one manifest.

    Raises `ManifestError` naming the file, the field and what was expected.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        # What tomllib raises of text that is none, or of dates and numbers that cannot be; and of no UTF-8.
        raise ManifestError(f"{path}: not valid TOML: {error}") from error
    if "folder" in content:
        raise ManifestError(f"{path}: folder: not allowed, because it is the manifest's own folder")
    try:
        manifest = Manifest.model_validate({**content, "profiles": _whole_profiles(content), "folder": path.parent})
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, each['loc'])) or 'manifest'}: {each['msg']}" for each in error.errors())
        raise ManifestError(f"{path}: {'; '.join(faults)}") from error
    if manifest.name != path.parent.name:
        raise ManifestError(f"{path}: name: expected {path.parent.name!r}, the folder's name, got {manifest.name!r}")
    if DEFAULTS not in manifest.profiles:
        raise ManifestError(f"{path}: profiles: expected a profile named {DEFAULTS!r}")
    return manifest


def _whole_profiles(content: dict[str, Any]) -> object:
    """Return a manifest's profiles, each with what it inherits; what has another shape is left to validation."""
    profiles = content.get("profiles")
    if not isinstance(profiles, dict):
        return profiles
    defaults = profiles.get(DEFAULTS, {})
    return {name: profile if name == DEFAULTS else _inherit(defaults, profile) for name, profile in profiles.items()}


def _inherit(base: object, own: object) -> object:
    """Return `own` on top of `base`: tables are merged by name, everything else is replaced."""
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    return {**base, **{name: _inherit(base.get(name), value) for name, value in own.items()}}
