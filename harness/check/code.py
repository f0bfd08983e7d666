"""Checks of `[code]` in a manifest: each file of the folder counts in one category, or in none by its name."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.check.subject import Subject
from harness.check.verdict import Fault, check
from harness.orchestrators.contender import Contender, contenders
from harness.orchestrators.manifest import MANIFEST, NOTES, Code, Manifest, ManifestError
from harness.orchestrators.source_lines import count_source_lines, files_of, name_of, source_lines
from harness.paths import COMPOSE, PIPELINES, REPOSITORY
from harness.provision.sources import sources

_NOWHERE = ("driver.py", MANIFEST, NOTES, "requirements.in", "requirements.lock", "unit_test")
_TESTS = "tests"
_OTHER_WORKLOADS = {"noop", "guarded"}
_SHARED = {str((COMPOSE / name).relative_to(REPOSITORY)) for name in ("stack.yaml", "metadata.yaml")}
"""Files outside the folder that count for every tool that uses them."""


def dead_patterns(manifest: Manifest) -> Iterator[Fault]:
    """Name the patterns of `[code]` that match no file, in every profile."""
    by_place = {"": manifest.code, **{f"profiles.{name}.": each.code for name, each in manifest.profiles.items()}}
    for where, patterns in by_place.items():
        for category, each in patterns:
            for pattern in each:
                try:
                    files_of(manifest, category, [pattern])
                except ManifestError:
                    what = f"{manifest.folder / MANIFEST}: {where}code.{category}: {pattern!r} matches no file"
                    yield Fault(what, "correct the pattern, restore the file, or remove the pattern")


@check("manifest")
def code(it: Subject) -> Iterator[Fault]:
    """Each file counts in one category at most."""
    manifest, path = it.manifest, it.folder / MANIFEST
    found: set[tuple[str, str]] = set()
    for each in contenders([manifest]):
        counted = count_source_lines(each)
        yield from _needed(each, counted)
        categories: dict[str, list[str]] = {}
        for category, name in ((category, name) for category, names in counted.items() for name in names):
            found.add((category, name))
            categories.setdefault(name, []).append(category)
        for name, own in categories.items():
            if len(own) > 1:
                what = f"{path}: code: {name} is counted as {' and as '.join(own)} in profile {each.profile}"
                yield Fault(what, "keep it in the category that fits")
    for category, name in sorted(found):
        if why := _counts_nowhere(manifest, name):
            hint = f"leave it out, or write a pattern that does not match it ({why})"
            yield Fault(f"{path}: code.{category}: {name} is counted", hint)
    for file in sources(manifest.folder):
        name = name_of(file, manifest)
        if name not in {name for _, name in found} and not _counts_nowhere(manifest, name) and _holds_lines(file):
            hint = (
                f'add "{name}" to one of {", ".join(Code.model_fields)}, or remove the file. Tests belong in {_TESTS}/'
            )
            yield Fault(f"{path}: code: {name} is not counted", hint)


def _needed(contender: Contender, counted: Mapping[str, Mapping[str, int]]) -> Iterator[Fault]:
    """Name files that count for every tool that uses them but are left out."""
    manifest, profile = contender.manifest, contender.profile
    path = manifest.folder / MANIFEST
    if not sum(counted["pipeline"].values()):
        yield Fault(f"{path}: code.pipeline: no line of a pipeline is counted", "add the files of the pipeline `etl`")
    needed = {manifest.folder / "serve": "code", COMPOSE / "stack.yaml": "code"}
    if contender.settings.metadata_database:
        needed[COMPOSE / "metadata.yaml"] = f"profiles.{profile}.code"
    if manifest.compose_file.exists():
        needed[manifest.compose_file] = "code"
    for file, where in needed.items():
        if (name := name_of(file, manifest)) not in counted["deployment"]:
            hint = f'add "{name}" to deployment, because it counts for every tool that uses it'
            yield Fault(f"{path}: {where}.deployment: {name} is missing in profile {profile}", hint)


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
