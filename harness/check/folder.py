"""Demands on an orchestrator's folder that reading it answers: files, links, lines of code, what is left to fill in."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import HttpUrl

from harness.check.verdict import Fault
from harness.experiment.crash import crashes
from harness.isolation.line_ends import demand_unix_lines
from harness.orchestrators.manifest import MANIFEST, NOTES, Code, Manifest, ManifestError
from harness.orchestrators.source_lines import count_source_lines, files_of
from harness.paths import COMPOSE, REPOSITORY
from harness.template.create import MARK, blanks

_FILES = {
    MANIFEST: "write it: its fields are in docs/contract.md, or let `orchbench new` write a folder",
    "requirements.in": "write `-r ../reference/requirements.in` into it, and the tool's own pins below",
    "requirements.lock": "orchbench lock {name}",
    "serve": "write it: it prepares the state, then starts every process of the tool under supervisord",
    "driver.py": "write it: a class Driver with the four methods of docs/contract.md",
    NOTES: "write it: idioms chosen, settings that depart, what was left out, known limits, as in pipelines/plain",
}
_PROGRAMS = ("serve", "unit_test")
_CELLS = ("attempts", "ui")
"""What of a manifest's `unsupported` is no scenario of the crash lab."""
_NOWHERE = ("example.com", "example.org", "example.net", "localhost")


def files(folder: Path) -> Iterator[Fault]:
    """Look that every file is there that a stack needs, and programs can be run."""
    for name, hint in _FILES.items():
        if not (folder / name).is_file():
            yield Fault(f"{folder / name} is missing", hint.format(name=folder.name))
    programs = [folder / name for name in _PROGRAMS if (folder / name).is_file()]
    for program in programs:
        with program.open("rb") as file:
            first = file.readline(256)
        if not first.startswith(b"#!"):
            yield Fault(
                f"{program}, line 1: names no interpreter", "begin it with `#!/bin/sh`, or what it is written in"
            )
    demand_unix_lines(programs)


def unit_test_files(manifest: Manifest) -> Iterator[Fault]:
    """Look that a unit test and the page that documents it come together."""
    there = (manifest.folder / "unit_test").is_file()
    if manifest.unit_test and not there:
        hint = f"write the test, or take `unit_test` out of {MANIFEST}"
        yield Fault(f"{manifest.folder / 'unit_test'} is missing, though the manifest names the page for it", hint)
    if there and not manifest.unit_test:
        hint = f'name the page that tells how a pipeline is tested: unit_test = "https://…" in {MANIFEST}'
        yield Fault(f"{manifest.folder / 'unit_test'} is never run: the manifest names no page for it", hint)


def links(manifest: Manifest) -> Iterator[Fault]:
    """Look that every link of the manifest leads to a page of somebody's documentation."""
    path = manifest.folder / MANIFEST
    for field, url in _links(manifest):
        host = url.host or ""
        if "." not in host or host.endswith(_NOWHERE) or host.endswith((".invalid", ".example", ".test")):
            yield Fault(f"{path}: {field}: {url} is nobody's page", "put the link of the documentation there")
        elif field.endswith(".docs") and (url.path or "/") == "/" and not url.fragment:
            yield Fault(
                f"{path}: {field}: {url} is the front page of a site", "link the page that documents this one thing"
            )


def patterns(manifest: Manifest) -> Iterator[Fault]:
    """Look that every pattern of `[code]` matches files, under whatever profile."""
    path = manifest.folder / MANIFEST
    for where, of_profile in (("", manifest.code), *((f"profiles.{n}.", p.code) for n, p in manifest.profiles.items())):
        for category, each in of_profile:
            for pattern in each:
                try:
                    files_of(manifest, category, [pattern])
                except ManifestError:
                    hint = "correct the pattern, bring the file back, or take the pattern out"
                    yield Fault(f"{path}: {where}code.{category}: {pattern!r} matches no file", hint)


def code(manifest: Manifest) -> Iterator[Fault]:
    """Look that what counts as lines of code, and what does not, is sorted as for all."""
    for profile in manifest.profiles:
        yield from _counted(manifest, profile)


def _counted(manifest: Manifest, profile: str) -> Iterator[Fault]:
    path = manifest.folder / MANIFEST
    counted = count_source_lines(manifest, profile)
    if not sum(counted["pipeline"].values()):
        yield Fault(f"{path}: code.pipeline: no line of a pipeline is counted", "name the files of the pipeline `etl`")
    deployment = [manifest.folder / "serve", COMPOSE / "stack.yaml"]
    if manifest.profiles[profile].metadata_database:
        deployment.append(COMPOSE / "metadata.yaml")
    if manifest.compose_file.exists():
        deployment.append(manifest.compose_file)
    own = manifest.folder.is_relative_to(REPOSITORY)
    for file in deployment if own else ():
        if (name := str(file.relative_to(REPOSITORY))) not in counted["deployment"]:
            where = "profiles." + profile + ".code" if file.name == "metadata.yaml" else "code"
            hint = f'add "{name}" to deployment: it counts for every tool that uses it'
            yield Fault(f"{path}: {where}.deployment: {name} is left out under {profile}", hint)
    for category in Code.model_fields:
        for name in counted[category]:
            if why := _counts_nowhere(manifest, Path(name)):
                yield Fault(f"{path}: code.{category}: {name} is counted", f"leave it out: {why}")


def _counts_nowhere(manifest: Manifest, path: Path) -> str:
    if (REPOSITORY / path).parent == manifest.folder and path.name in ("driver.py", MANIFEST, "unit_test"):
        return "driver, manifest and unit test count nowhere"
    return f"the {path.stem} pipeline counts nowhere" if path.stem in ("noop", "guarded") else ""


def unsupported(manifest: Manifest) -> Iterator[Fault]:
    """Look that what a tool is said to offer nothing for is named as others name it."""
    known = {*crashes(), *_CELLS}
    for name in manifest.unsupported:
        if name not in known:
            hint = f"one of: {', '.join(sorted(known))}"
            yield Fault(f"{manifest.folder / MANIFEST}: unsupported.{name}: no such thing", hint)


def filled_in(folder: Path) -> Iterator[Fault]:
    """Look that nothing is left of what `orchbench new` left to be filled in."""
    for blank in blanks(folder):
        what = f"{folder / blank.file}, line {blank.line}: {MARK} {blank.wanted}"
        yield Fault(what, "do what it says, and take the sentence out")


def _links(manifest: Manifest) -> Iterator[tuple[str, HttpUrl]]:
    yield "homepage", manifest.homepage
    if manifest.unit_test:
        yield "unit_test", manifest.unit_test
    if manifest.guarded:
        yield "guarded", manifest.guarded
    for name, unsupported in manifest.unsupported.items():
        yield f"unsupported.{name}.docs", unsupported.docs
    for profile, values in manifest.profiles.items():
        for name, setting in values.settings.items():
            yield f"profiles.{profile}.settings.{name}.docs", setting.docs
