"""Manifests: what the harness knows of an orchestrator before it runs, read from `pipelines/NAME/orchestrator.toml`.

A profile inherits from `defaults` and says only what differs. docs/contribute/contract.md documents every field. This
module reads files only.
"""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator
from pydantic_core import ErrorDetails

from harness.errors import HarnessError
from harness.orchestrators.lock import read_lock
from harness.orchestrators.names import misspelt, objection

MANIFEST = "orchestrator.toml"
NOTES = "NOTES.md"
"""The notes on design choices, for readers and the tool's maintainers. No stack needs them."""
DEFAULTS = "defaults"
"""The profile that every orchestrator has, and from which the others inherit."""
METADATA = "${METADATA}"
"""In a setting's value: user, password, address and name of the stack's metadata database."""


class ManifestError(HarnessError):
    """A manifest is invalid. The message names file, field and what was expected."""


class Strict(BaseModel):
    """A model that rejects unknown fields, to find typing errors in a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Line = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Text in one line, for a table's cell or a variable's value."""
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def _inside(pattern: str) -> str:
    if pattern.startswith("/") or ".." in Path(pattern).parts:
        raise ValueError("expected a pattern of files below this repository")
    if Path(pattern).parts.count("**") > 1:
        # Each further one multiplies the number of visited folders.
        raise ValueError("expected at most one '**'")
    return pattern


def _unless(fault_of: Callable[[str], str]) -> AfterValidator:
    """Return a validator that accepts names without a fault."""

    def validated(name: str) -> str:
        if fault := fault_of(name):
            raise ValueError(fault)
        return name

    return AfterValidator(validated)


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
"""In display order."""
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class Code(Strict):
    """The files in each category of lines of code, as glob patterns relative to the repository."""

    pipeline: list[Pattern] = Field(default_factory=list)
    config: list[Pattern] = Field(default_factory=list)
    deployment: list[Pattern] = Field(default_factory=list)


class Unsupported(Strict):
    """Why a tool does not support something, and the page that documents it."""

    reason: Line
    docs: HttpUrl


class Profile(Strict):
    """A named set of settings: `defaults` is the quick start, `tuned` has documented settings for short runs.

    This is the complete profile, with everything that it inherits from `defaults`.
    """

    poll_period_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 0
    trial_s: Seconds
    silence_limit_s: Seconds | None = None
    trial_limit_s: Seconds | None = None
    metadata_database: bool = False
    settings: dict[Variable, Setting] = Field(default_factory=dict)
    code: Code = Field(default_factory=Code)

    @model_validator(mode="after")
    def _database_is_used(self) -> Self:
        used = any(METADATA in setting.value for setting in self.settings.values())
        if used != self.metadata_database:
            raise ValueError(f"metadata_database needs a setting with {METADATA}, and the other way round")
        return self


class Manifest(Strict):
    """One orchestrator, as described in its folder. `folder` is that folder, and never in the manifest itself."""

    name: Annotated[str, _unless(objection)]
    title: Line
    homepage: HttpUrl
    package: Line
    baseline: bool = False
    measured_by_default: bool = False
    mode: Mode = "server"
    port: Port
    ports: dict[Variable, Port] = Field(default_factory=dict)
    ui: Annotated[Line, Field(pattern=r"^/")] = "/"
    unit_test: HttpUrl | None = None
    guarded: HttpUrl | None = None
    ready_limit_s: Seconds
    trial_limit_s: Seconds
    scheduler: Line | None = None
    # The default of Kubernetes, and long enough for a tool that lets a step end.
    stop_grace_s: Annotated[int, Field(gt=0, le=600)] = 30
    unsupported: dict[str, Unsupported] = Field(default_factory=dict)
    secrets: list[Variable] = Field(default_factory=list)
    profiles: dict[Annotated[str, _unless(misspelt)], Profile]
    shared_profile: str = DEFAULTS
    code: Code
    folder: Path

    @property
    def compose_file(self) -> Path:
        """An additional compose file on top of the common one. Most orchestrators have none."""
        return self.folder / "compose.yaml"

    @property
    def lock(self) -> Path:
        """The hash-locked requirements of the orchestrator's environment."""
        return self.folder / "requirements.lock"

    @property
    def version(self) -> str:
        """The locked version of the orchestrator.

        Raises `ManifestError` if the lock does not pin the manifest's package.
        """
        if not self.lock.is_file():
            raise ManifestError(f"{self.lock} is missing", remedy=f"orchbench lock {self.name}")
        pin = read_lock(self.lock).pin(self.package)
        if pin is None:
            raise ManifestError(f"{self.lock}: expected a pin of {self.package!r}")
        return pin.version

    def with_profiles(self, names: Iterable[str]) -> "Manifest":
        """Return the manifest with only these of its profiles.

        If the shared profile is not among them, the first one takes its place.
        """
        kept = {name: profile for name, profile in self.profiles.items() if name in {*names}}
        shared = self.shared_profile if self.shared_profile in kept else next(iter(kept), DEFAULTS)
        return self.model_copy(update={"profiles": kept, "shared_profile": shared})

    def with_every_profile(self) -> "Manifest":
        """Return the manifest with all profiles. Raises `ManifestError`."""
        return read_manifest(self.folder / MANIFEST)


def read_manifest(path: Path) -> Manifest:
    """Read and check one manifest.

    Raises `ManifestError` naming the file, the field and what was expected.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        # tomllib raises these for invalid text, dates and numbers, and for text that is not UTF-8.
        raise ManifestError(f"{path}: not valid TOML: {error}") from error
    if "folder" in content:
        raise ManifestError(f"{path}: folder: not allowed, because it is the manifest's own folder")
    try:
        manifest = Manifest.model_validate({**content, "profiles": _whole_profiles(content), "folder": path.parent})
    except ValidationError as error:
        raise ManifestError(f"{path}: {', '.join(map(_worded, error.errors()))}") from error
    if manifest.name != path.parent.name:
        raise ManifestError(f"{path}: name: expected {path.parent.name!r}, the folder's name, got {manifest.name!r}")
    if DEFAULTS not in manifest.profiles:
        raise ManifestError(f"{path}: profiles: expected a profile named {DEFAULTS!r}")
    if manifest.shared_profile not in manifest.profiles:
        known = ", ".join(manifest.profiles)
        raise ManifestError(
            f"{path}: shared_profile: expected one of the profiles {known}, got {manifest.shared_profile!r}"
        )
    return manifest


def _worded(fault: ErrorDetails) -> str:
    # Pydantic marks a dictionary's key, and names the exception of a validator.
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    return f"{place or 'manifest'}: {fault['msg'].removeprefix('Value error, ')}"


def _whole_profiles(content: dict[str, Any]) -> object:
    """Return a manifest's profiles with inherited values. Validation handles other shapes."""
    profiles = content.get("profiles")
    if not isinstance(profiles, dict):
        return profiles
    defaults = profiles.get(DEFAULTS, {})
    return {name: profile if name == DEFAULTS else _inherit(defaults, profile) for name, profile in profiles.items()}


def _inherit(base: object, own: object) -> object:
    """Merge `own` into `base`: tables are merged by name, everything else is replaced."""
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    return {**base, **{name: _inherit(base.get(name), value) for name, value in own.items()}}
