"""A new orchestrator's folder, made whole beside the others and moved in at once: what fails leaves nothing behind."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.errors import HarnessError, Misuse
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.orchestrators.names import objection
from harness.orchestrators.own_files import own_files
from harness.paths import PIPELINES, shown
from harness.template.locking import LOCK, SOURCE, lock, pinned

FILES = Path(__file__).with_name("files")
_RENDERED = ".jinja"
"""Files that end so are rendered, under their name without it; all others are copied as they are."""
MARK = "NEXT:"
"""What begins a sentence that says what is to be filled in, in any file of a new orchestrator."""


@dataclass(frozen=True)
class Blank:
    """A place that is still to be filled in: the file in the orchestrator's folder, its line, and what is wanted."""

    file: str
    line: int
    wanted: str


def create(name: str, wanted: str | None, pipelines: Path = PIPELINES) -> Manifest:
    """Make the folder of an orchestrator, with the locked package `wanted` if any, and return its manifest.

    `wanted` is a name on the package index, with extras and versions if need be. Raises `Misuse` for a name or a
    package that cannot be, `RequirementsError` where no lock can be made, `HarnessError` where nothing can be written.
    """
    if fault := objection(name):
        likely = re.sub(r"[^a-z0-9_]", "_", name.lower())
        remedy = f"orchbench new {likely}" if likely != name and not objection(likely) else ""
        raise Misuse(f"an orchestrator cannot be named {name!r}: {fault}", remedy=remedy)
    target = pipelines / name
    if target.exists():
        raise Misuse(f"{shown(target)} is there already; choose another name, or remove it first")
    requirement = _requirement(wanted) if wanted else None
    try:
        with tempfile.TemporaryDirectory(dir=pipelines, prefix=".new-") as scratch:
            # Under the paths that it will have, which the lock tells.
            root = Path(scratch)
            (root / "pipelines" / name).mkdir(parents=True)
            (root / "pipelines" / "reference").symlink_to(PIPELINES / "reference")
            _fill(root, root / "pipelines" / name, requirement)
            (root / "pipelines" / name).rename(target)
    except OSError as error:
        raise HarnessError(f"{shown(target)} cannot be written: {error.strerror or error}") from error
    return read_manifest(target / MANIFEST)


def blanks(folder: Path) -> list[Blank]:
    """Return what is still to be filled in of an orchestrator, in the order of files and lines."""
    return [
        Blank(str(path.relative_to(folder)), number, line.partition(MARK)[2].strip())
        for path in own_files(folder)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if MARK in line
    ]


def _requirement(wanted: str) -> Requirement:
    try:
        requirement = Requirement(wanted)
    except InvalidRequirement as error:
        raise Misuse(f"{wanted!r} is no package: expected a name on the package index, such as huey") from error
    if requirement.url or requirement.marker:
        raise Misuse(f"{wanted!r} is no package of the index: expected its name alone, such as {requirement.name}")
    return requirement


def _fill(root: Path, folder: Path, requirement: Requirement | None) -> None:
    """Lay out the template in `folder`, with a lock; the baseline's versions are kept where they fit."""
    baseline = next(manifest for manifest in discover() if manifest.baseline)
    shutil.copyfile(baseline.lock, folder / LOCK)
    package = canonicalize_name(requirement.name) if requirement else baseline.package
    asked = {
        "name": folder.name,
        "title": requirement.name if requirement else folder.name,
        "homepage": f"https://pypi.org/project/{package}/",
        "package": package,
        "requirement": str(requirement) if requirement else "",
    }
    _render(folder, asked)
    lock(folder / SOURCE, folder / LOCK, root)
    if requirement:
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        version = pinned((folder / LOCK).read_text())[package]
        _render(folder, {**asked, "requirement": f"{package}{extras}=={version}"})


def _render(folder: Path, asked: dict[str, str]) -> None:
    loader = FileSystemLoader(FILES)
    # What is rendered is no HTML.
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)  # noqa: S701
    for path in own_files(FILES):
        name = path.relative_to(FILES).as_posix()
        target = folder / name.removesuffix(_RENDERED)
        target.parent.mkdir(exist_ok=True)
        if name.endswith(_RENDERED):
            target.write_text(environment.get_template(name).render(asked), encoding="utf-8")
        else:
            shutil.copy(path, target)
