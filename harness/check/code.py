"""Checks of `[code]` in a manifest: each file of the folder counts in one category, or in none by its name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.check.verdict import Fault
from harness.isolation.sources import sources
from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.manifest import MANIFEST, NOTES, Manifest, ManifestError
from harness.orchestrators.source_lines import count_source_lines, files_of, name_of, source_lines
from harness.paths import COMPOSE, PIPELINES, REPOSITORY

_NOWHERE = ("driver.py", MANIFEST, NOTES, "requirements.in", "requirements.lock", "unit_test")
_TESTS = "tests"
_OTHER_WORKLOADS = {"noop", "guarded"}
_SHARED = {str((COMPOSE / name).relative_to(REPOSITORY)) for name in ("stack.yaml", "metadata.yaml")}
Counted = Mapping[str, Mapping[str, int]]


def patterns(manifest: Manifest) -> Iterator[Fault]:
    """Check that every pattern of `[code]` matches files, in every profile."""
    path = manifest.folder / MANIFEST
    for where, of_profile in (("", manifest.code), *((f"profiles.{n}.", p.code) for n, p in manifest.profiles.items())):
        for category, each in of_profile:
            for pattern in each:
                try:
                    files_of(manifest, category, [pattern])
                except ManifestError:
                    hint = "correct the pattern, restore the file, or remove the pattern"
                    yield Fault(f"{path}: {where}code.{category}: {pattern!r} matches no file", hint)


def code(manifest: Manifest) -> Iterator[Fault]:
    """Check that files count as lines of code by the same rules as for every tool."""
    by_profile = []
    for contender in contenders([manifest]):
        counted = count_source_lines(contender)
        by_profile.append(counted)
        yield from _needed(contender, counted)
        yield from _once(contender, counted)
    yield from _counted_in_vain(manifest, by_profile)
    yield from _left_out(manifest, by_profile)


def _needed(contender: Contender, counted: Counted) -> Iterator[Fault]:
    """Name files that count for every tool that uses them but are left out."""
    manifest, profile = contender.manifest, contender.profile
    path = manifest.folder / MANIFEST
    if not sum(counted["pipeline"].values()):
        yield Fault(f"{path}: code.pipeline: no line of a pipeline is counted", "add the files of the pipeline `etl`")
    deployment = [manifest.folder / "serve", COMPOSE / "stack.yaml"]
    if contender.settings.metadata_database:
        deployment.append(COMPOSE / "metadata.yaml")
    if manifest.compose_file.exists():
        deployment.append(manifest.compose_file)
    for file in deployment:
        if (name := name_of(file, manifest)) not in counted["deployment"]:
            where = "profiles." + profile + ".code" if file.name == "metadata.yaml" else "code"
            hint = f'add "{name}" to deployment, because it counts for every tool that uses it'
            yield Fault(f"{path}: {where}.deployment: {name} is missing in profile {profile}", hint)


def _once(contender: Contender, counted: Counted) -> Iterator[Fault]:
    """Name files that count in two categories."""
    of_file: dict[str, list[str]] = {}
    for category, files in counted.items():
        for name in files:
            of_file.setdefault(name, []).append(category)
    for name, categories in of_file.items():
        if len(categories) > 1:
            what = f"{contender.manifest.folder / MANIFEST}: code: {name} is counted as {' and as '.join(categories)}"
            yield Fault(f"{what} in profile {contender.profile}", "keep it in the category that fits")


def _counted_in_vain(manifest: Manifest, by_profile: Sequence[Counted]) -> Iterator[Fault]:
    """Name files that are counted but must not be."""
    found = {(category, name) for counted in by_profile for category in counted for name in counted[category]}
    for category, name in sorted(found):
        if why := _counts_nowhere(manifest, name):
            what = f"{manifest.folder / MANIFEST}: code.{category}: {name} is counted"
            yield Fault(what, f"leave it out, or write a pattern that does not match it ({why})")


def _left_out(manifest: Manifest, by_profile: Sequence[Counted]) -> Iterator[Fault]:
    """Name files with source lines that count in no category."""
    found = {name for counted in by_profile for files in counted.values() for name in files}
    for file in sources(manifest.folder):
        name = name_of(file, manifest)
        if name not in found and not _counts_nowhere(manifest, name) and _holds_lines(file):
            hint = f'add "{name}" to pipeline, config or deployment, or remove the file. Tests belong in {_TESTS}/'
            yield Fault(f"{manifest.folder / MANIFEST}: code: {name} is not counted", hint)


def _holds_lines(file: Path) -> bool:
    try:
        return source_lines(file) > 0
    except ManifestError:
        return False  # not a text file


def _counts_nowhere(manifest: Manifest, name: str) -> str:
    """Say why a file is not counted. Empty if it must be counted."""
    home = Path(PIPELINES.name, manifest.name)
    if not Path(name).is_relative_to(home):
        return "" if name in _SHARED else "it is not a file of this folder"
    path = Path(name).relative_to(home)
    if str(path) in _NOWHERE or _TESTS in path.parent.parts:
        return "driver, manifest, notes, requirements, lock and unit test do not count"
    others = _OTHER_WORKLOADS & {*re.split(r"[^a-z0-9]+", str(path).lower())}
    return f"the {min(others)} pipeline does not count" if others else ""
