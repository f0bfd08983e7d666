"""Checks of an orchestrator's folder by reading it: files, manifest, notes, style, and placeholders."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from harness.check.code import dead_patterns
from harness.check.subject import Subject
from harness.check.verdict import Fault, NotAsked, check
from harness.labs.crash.scenarios import crashes
from harness.orchestrators.manifest import MANIFEST, NOTES, Manifest, ManifestError
from harness.paths import REPOSITORY
from harness.provision.sources import demand_unix_lines
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
_RUFF = {
    ("check", "--output-format", "concise"): "ruff finds problems in its Python code",
    ("format", "--check"): "ruff would format its Python code differently",
}
_RUFF_LIMIT_S = 60


@check()
def files(it: Subject) -> Iterator[Fault]:
    """Every file that a stack needs exists."""
    for name, hint in _FILES.items():
        if not (it.folder / name).is_file():
            yield Fault(f"{it.folder / name} is missing", hint.format(name=it.folder.name))
    programs = [it.folder / name for name in _PROGRAMS if (it.folder / name).is_file()]
    for program in programs:
        with program.open("rb") as file:
            first = file.readline(256)
        if not first.startswith(b"#!"):
            yield Fault(f"{program}, line 1: names no interpreter", "start it with `#!/bin/sh` or another interpreter")
    demand_unix_lines(programs)


@check()
def manifest(it: Subject) -> Iterator[Fault]:
    """Every field of the manifest is valid."""
    try:
        read = it.manifest
    except ManifestError as error:
        yield Fault(str(error), error.remedy or "see docs/contribute/contract.md for every field, its type and unit")
        return
    yield from _unit_test(read)
    yield from dead_patterns(read)
    known = {*crashes(), *UNTESTED}
    for name in (name for name in read.unsupported if name not in known):
        hint = f"choose one of: {', '.join(sorted(known))}"
        yield Fault(f"{it.folder / MANIFEST}: unsupported.{name}: unknown name", hint)


def _unit_test(manifest: Manifest) -> Iterator[Fault]:
    """Name a unit test without its documentation page, or the other way round."""
    program = manifest.folder / "unit_test"
    if manifest.unit_test and not program.is_file():
        hint = f"write the test, or remove `unit_test` from {MANIFEST}"
        yield Fault(f"{program} is missing, although the manifest names its page", hint)
    if program.is_file() and not manifest.unit_test:
        hint = f'name the page that documents how to test a pipeline: unit_test = "https://…" in {MANIFEST}'
        yield Fault(f"{program} never runs, because the manifest does not name its page", hint)


@check("files")
def notes(it: Subject) -> Iterator[Fault]:
    """The links of NOTES.md work."""
    path = it.folder / NOTES
    links = _LINK_WITHIN.findall(path.read_text(encoding="utf-8", errors="replace"))
    for link in links:
        if not (it.folder / link).exists():
            yield Fault(f"{path}: the link to {link} is dead", "correct or remove the link")
    if MANIFEST not in links:
        what = f"{path}: it does not link to the manifest, which has the reason of every setting"
        yield Fault(what, f"write [{MANIFEST}]({MANIFEST}) where it mentions settings, and do not repeat them")


@check()
def lint(it: Subject) -> Iterator[Fault]:
    """The Python code passes ruff, as in `make lint`."""
    if find_spec("ruff") is None:
        raise NotAsked("ruff is not installed (run: make env)")
    if not it.folder.is_relative_to(REPOSITORY):
        # The settings of this checkout are not meant for it.
        raise NotAsked("it is outside this checkout")
    for command, what in _RUFF.items():
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", str(it.folder.relative_to(REPOSITORY))],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=_RUFF_LIMIT_S,
            check=False,
        )
        if done.returncode:
            yield Fault(
                f"{it.folder}: {what}", "run `make format`, then fix the rest by hand", done.stdout + done.stderr
            )


@check()
def filled_in(it: Subject) -> Iterator[Fault]:
    """No placeholder is left."""
    for blank in blanks(it.folder):
        what = f"{it.folder / blank.file}, line {blank.line}: {MARK} {blank.wanted}"
        yield Fault(what, "do this and remove the line")
