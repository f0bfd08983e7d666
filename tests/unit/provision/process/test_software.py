"""An environment is used where it was created. Code is copied once, and compiled for the Python of its stacks."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.paths import PIPELINES
from harness.provision import built, sources
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.software import Software
from harness.provision.process.user import User
from harness.provision.sources import code_of, content_sha256

PYTHON = Interpreter(Path("/usr/bin/python3.11"), "3.11.0")


def software(paths: ProcessPaths, interpreter: Interpreter) -> Software:
    made = Software()
    made.paths, made.interpreter = paths, interpreter
    return made


@pytest.fixture(autouse=True)
def installing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def install(_self: Software, _name: str, _lock: Path, folder: Path, *_: object) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "supervisord").write_text(f"#!{folder}/bin/python\n")

    monkeypatch.setattr(Software, "_install", install)
    monkeypatch.setattr(built, "CACHE", tmp_path)


def test_a_moved_environment_is_created_again(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("tool==1\n")
    before, after = (
        software(ProcessPaths(User("me", 1, 1), tmp_path / name, tmp_path / name / "r"), PYTHON)
        for name in ("before", "after")
    )
    made = before.ensure("tool", lock, print)
    assert before._has("tool", lock)
    before.paths.folder.rename(after.paths.folder)
    assert not after._has("tool", lock)
    again = after.ensure("tool", lock, print)
    folder = after.environment("tool", lock)
    assert (folder / "bin" / "supervisord").read_text() == f"#!{folder}/bin/python\n"
    # A benchmark can be resumed with it, because it has the same content.
    assert again.inputs_sha256 == made.inputs_sha256


def test_an_environment_without_its_place_is_created_again(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    own = software(ProcessPaths(User("me", 1, 1), tmp_path, tmp_path / "r"), PYTHON)
    own.ensure("tool", lock, print)
    mark = own.environment("tool", lock) / ".complete.json"
    for text in (json.dumps({"size_bytes": 1}), "{"):
        mark.write_text(text)
        assert not own._has("tool", lock)


HERE = Interpreter(Path(sys.executable), "3.11.0")


@pytest.fixture
def without_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """The baseline from a zip archive that lost every executable bit."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("plain", "reference"):
        shutil.copytree(PIPELINES / name, tmp_path / "pipelines" / name, ignore=ignored)
    for path in (tmp_path / "pipelines").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    monkeypatch.setattr(sources, "PIPELINES", tmp_path / "pipelines")
    return read_manifest(tmp_path / "pipelines" / "plain" / MANIFEST)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessPaths:
    return ProcessPaths(User("me", os.getuid(), os.getgid()), tmp_path / "paths", tmp_path / "paths" / "r")


def test_lost_modes_change_nothing(without_modes: Manifest, paths: ProcessPaths) -> None:
    told = content_sha256(code_of(without_modes))
    folder = software(paths, HERE).stage(without_modes)
    programs = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.stat().st_mode & 0o111}
    assert {"pipeline/serve", "pipeline/unit_test", "reference/run_unit_test.py"} <= programs
    assert "pipeline/etl.py" not in programs
    for path in (without_modes.folder / "serve", without_modes.folder / "unit_test"):
        path.chmod(0o755)
    assert content_sha256(code_of(without_modes)) == told


def test_code_is_compiled_by_the_python_of_its_stacks(
    without_modes: Manifest, paths: ProcessPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "python"
    asked.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexec {sys.executable} "$@"\n')
    asked.chmod(0o755)
    folder = software(paths, Interpreter(asked, "3.11.0")).stage(without_modes)
    assert "-m compileall" in (tmp_path / "asked").read_text()
    (compiled,) = (folder / "pipeline" / "__pycache__").glob("etl.*.pyc")
    # It contains no time of its source (PEP 552), so a copy is used even by users who cannot write it.
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1
    assert software(paths, Interpreter(Path("/bin/false"), "3.11.0")).stage(without_modes) == folder
