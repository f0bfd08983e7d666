"""Demands on an orchestrator's folder that reading it answers: files, notes, what is left to fill in."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.check.verdict import Fault
from harness.experiment.crash import crashes
from harness.isolation.sources import demand_unix_lines
from harness.orchestrators.manifest import MANIFEST, NOTES, Manifest
from harness.template.create import MARK, blanks

_FILES = {
    MANIFEST: "write it: its fields are in docs/contribute/contract.md, or let `orchbench new` write a folder",
    "requirements.in": "write `-r ../reference/requirements.in` into it, and the tool's own pins below",
    "requirements.lock": "orchbench lock {name}",
    "serve": "write it: it prepares the state, then starts every process of the tool under supervisord",
    "driver.py": "write it: a class Driver with the four methods of docs/contribute/contract.md",
    NOTES: "write it: idioms chosen, settings that depart, what was left out, known limits, as in pipelines/plain",
}
_PROGRAMS = ("serve", "unit_test")
_LINK_WITHIN = re.compile(r"\]\((?!https?:)([^)#]+)")
"""A link of Markdown to a file of this repository."""
_CELLS = ("attempts", "ui")
"""What of a manifest's `unsupported` is no scenario of the crash lab."""


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


def notes(folder: Path) -> Iterator[Fault]:
    """Look that every link of the notes within the repository leads somewhere, and one of them to the manifest."""
    path = folder / NOTES
    links = _LINK_WITHIN.findall(path.read_text(encoding="utf-8", errors="replace"))
    for link in links:
        if not (folder / link).exists():
            yield Fault(f"{path}: its link to {link} leads nowhere", "correct the link, or take it out")
    if MANIFEST not in links:
        what = f"{path}: it does not link to the manifest, where every setting stands with its reason"
        yield Fault(what, f"write [{MANIFEST}]({MANIFEST}) where it tells of settings, and do not repeat them")


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
