"""Checks of an orchestrator's folder by reading it: files, notes, and placeholders."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.check.verdict import Fault
from harness.isolation.sources import demand_unix_lines
from harness.labs.crash.scenarios import crashes
from harness.orchestrators.manifest import MANIFEST, NOTES, Manifest
from harness.results.environment import UNTESTED
from harness.template.create import MARK, blanks

_FILES = {
    MANIFEST: "write it (fields: docs/contribute/contract.md), or let `orchbench new` write a folder",
    "requirements.in": "write `-r ../reference/requirements.in` into it, followed by the tool's own pins",
    "requirements.lock": "orchbench lock {name}",
    "serve": "write it: it prepares the state, then starts all of the tool's processes with supervisord",
    "driver.py": "write it: a class Driver with the four methods of docs/contribute/contract.md",
    NOTES: "write it: implementation choices, non-default settings, omissions, known limits, as in pipelines/plain",
}
_PROGRAMS = ("serve", "unit_test")
_LINK_WITHIN = re.compile(r"\]\((?!https?:)([^)#]+)")
"""A Markdown link to a file of this repository."""


def files(folder: Path) -> Iterator[Fault]:
    """Check that every file that a stack needs exists and that programs can run."""
    for name, hint in _FILES.items():
        if not (folder / name).is_file():
            yield Fault(f"{folder / name} is missing", hint.format(name=folder.name))
    programs = [folder / name for name in _PROGRAMS if (folder / name).is_file()]
    for program in programs:
        with program.open("rb") as file:
            first = file.readline(256)
        if not first.startswith(b"#!"):
            yield Fault(f"{program}, line 1: names no interpreter", "start it with `#!/bin/sh` or another interpreter")
    demand_unix_lines(programs)


def unit_test_files(manifest: Manifest) -> Iterator[Fault]:
    """Check that a unit test and its documentation page exist together."""
    there = (manifest.folder / "unit_test").is_file()
    if manifest.unit_test and not there:
        hint = f"write the test, or remove `unit_test` from {MANIFEST}"
        yield Fault(f"{manifest.folder / 'unit_test'} is missing, although the manifest names its page", hint)
    if there and not manifest.unit_test:
        hint = f'name the page that documents how to test a pipeline: unit_test = "https://…" in {MANIFEST}'
        yield Fault(f"{manifest.folder / 'unit_test'} never runs, because the manifest does not name its page", hint)


def notes(folder: Path) -> Iterator[Fault]:
    """Check that every link of the notes into the repository works, and that one leads to the manifest."""
    path = folder / NOTES
    links = _LINK_WITHIN.findall(path.read_text(encoding="utf-8", errors="replace"))
    for link in links:
        if not (folder / link).exists():
            yield Fault(f"{path}: the link to {link} is dead", "correct or remove the link")
    if MANIFEST not in links:
        what = f"{path}: it does not link to the manifest, which has the reason of every setting"
        yield Fault(what, f"write [{MANIFEST}]({MANIFEST}) where it mentions settings, and do not repeat them")


def unsupported(manifest: Manifest) -> Iterator[Fault]:
    """Check that unsupported features have known names."""
    known = {*crashes(), *UNTESTED}
    for name in manifest.unsupported:
        if name not in known:
            hint = f"choose one of: {', '.join(sorted(known))}"
            yield Fault(f"{manifest.folder / MANIFEST}: unsupported.{name}: unknown name", hint)


def filled_in(folder: Path) -> Iterator[Fault]:
    """Check that no placeholder of `orchbench new` is left."""
    for blank in blanks(folder):
        what = f"{folder / blank.file}, line {blank.line}: {MARK} {blank.wanted}"
        yield Fault(what, "do this and remove the line")
