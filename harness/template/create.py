"""Creates a new orchestrator's folder completely and then moves it into place, so that a failure leaves nothing behind.

Its code is the baseline's, which already runs. Its manifest, notes and requirements are rendered.
"""

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
from harness.orchestrators.lock import read_lock
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.orchestrators.names import objection
from harness.orchestrators.own_files import own_files
from harness.paths import PIPELINES, shown
from harness.template.locking import LOCK, SOURCE, lock

FILES = Path(__file__).with_name("files")
_RENDERED = ".jinja"
MARK = "NEXT:"
"""The start of a placeholder in any file of a new orchestrator."""
_COPIED = {
    "driver.py": "use the tool's own API. docs/contribute/contract.md lists what each method may raise",
    "etl.py": "use the tool's own tasks and retry setting. Each step calls its function of reference.steps",
    "noop.py": "use the tool's own tasks here, too. Their processes must not import modules of the etl",
    "retry.py": "remove this file, and its name in the manifest, when the tool retries by a setting",
    "serve": "prepare the state here, such as the tool's database in $ORCHBENCH_STATE, before its first process runs",
    "server.py": "remove it if the tool has its own API. Otherwise use the small server from its documentation",
    "supervisord.conf": "add a section per process of the tool, with the command from its documentation",
    "tests/test_etl.py": "use the tool's own way to test a pipeline. Without one, remove tests, unit_test and its page",
    "unit_test": "",
}
"""Files of the baseline, each with instructions for its replacement."""


@dataclass(frozen=True)
class Blank:
    """A placeholder: its file in the orchestrator's folder, its line, and its instructions."""

    file: str
    line: int
    wanted: str


def create(name: str, wanted: str | None, pipelines: Path = PIPELINES) -> Manifest:
    """Create the folder of an orchestrator, with the locked package `wanted` if any, and return its manifest.

    `wanted` is a name on the package index, optionally with extras and versions. Raises `Misuse` for an invalid name or
    package, `RequirementsError` if locking fails, and `HarnessError` if the folder cannot be written.
    """
    if fault := objection(name):
        likely = re.sub(r"[^a-z0-9_]", "_", name.lower())
        remedy = f"orchbench new {likely}" if likely != name and not objection(likely) else ""
        raise Misuse(f"an orchestrator cannot be named {name!r}: {fault}", remedy=remedy)
    target = pipelines / name
    if target.exists():
        raise Misuse(f"{shown(target)} already exists. Choose another name, or remove it first")
    requirement = _requirement(wanted) if wanted else None
    try:
        with tempfile.TemporaryDirectory(dir=pipelines, prefix=".new-") as scratch:
            # Under its final paths, because the lock contains them.
            root = Path(scratch)
            (root / "pipelines" / name).mkdir(parents=True)
            (root / "pipelines" / "reference").symlink_to(PIPELINES / "reference")
            _fill(root, root / "pipelines" / name, requirement)
            (root / "pipelines" / name).rename(target)
    except OSError as error:
        raise HarnessError(f"cannot write {shown(target)}: {error.strerror or error}") from error
    return read_manifest(target / MANIFEST)


def blanks(folder: Path) -> list[Blank]:
    """Return the placeholders of an orchestrator, in the order of files and lines."""
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
        raise Misuse(f"{wanted!r} is not a package: expected a name on the package index, such as huey") from error
    if requirement.url or requirement.marker:
        raise Misuse(f"{wanted!r} is not a package of the index: expected only its name, such as {requirement.name}")
    return requirement


def _fill(root: Path, folder: Path, requirement: Requirement | None) -> None:
    """Fill `folder` from the template, with a lock. It keeps the baseline's versions if they fit."""
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
    for name, wanted in _COPIED.items():
        _copy(baseline.folder / name, folder / name, wanted)
    lock(folder / SOURCE, folder / LOCK, root)
    if requirement:
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        pin = read_lock(folder / LOCK).pin(package)
        assert pin is not None, "it was just locked"
        _render(folder, {**asked, "requirement": f"{package}{extras}=={pin.version}"})


def _render(folder: Path, asked: dict[str, str]) -> None:
    loader = FileSystemLoader(FILES)
    # The output is not HTML.
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)  # noqa: S701
    for path in FILES.glob(f"*{_RENDERED}"):
        rendered = environment.get_template(path.name).render(asked)
        (folder / path.name.removesuffix(_RENDERED)).write_text(rendered, encoding="utf-8")


def _copy(source: Path, target: Path, wanted: str) -> None:
    """Copy a file and add a comment with the instructions for its replacement."""
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    comment = ";" if source.suffix == ".conf" else "#"
    if wanted:
        lines.insert(int(lines[0].startswith("#!")), f"{comment} {MARK} {wanted}\n")
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(lines), encoding="utf-8")
    shutil.copymode(source, target)
