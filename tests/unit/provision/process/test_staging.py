"""The copy of an orchestrator's code: executable where it must be, compiled for the Python of its stacks."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.paths import PIPELINES
from harness.provision import sources
from harness.provision.process import staging
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.staging import stage
from harness.provision.process.user import User
from harness.provision.sources import code_of, content_sha256

HERE = Interpreter(Path(sys.executable), "3.11.0")


@pytest.fixture
def without_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """The baseline out of a zip that lost every executable bit."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("plain", "reference"):
        shutil.copytree(PIPELINES / name, tmp_path / "pipelines" / name, ignore=ignored)
    for path in (tmp_path / "pipelines").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    monkeypatch.setattr(sources, "PIPELINES", tmp_path / "pipelines")
    return read_manifest(tmp_path / "pipelines" / "plain" / MANIFEST)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessPaths:
    monkeypatch.setattr("harness.provision.built.CACHE", tmp_path)
    return ProcessPaths(User("me", os.getuid(), os.getgid()), tmp_path / "paths", tmp_path / "paths" / "r")


def test_lost_modes_change_nothing(without_modes: Manifest, paths: ProcessPaths) -> None:
    told = content_sha256(code_of(without_modes))
    folder = stage(without_modes, paths, HERE)
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
    folder = stage(without_modes, paths, Interpreter(asked, "3.11.0"))
    assert "-m compileall" in (tmp_path / "asked").read_text()
    (compiled,) = (folder / "pipeline" / "__pycache__").glob("etl.*.pyc")
    # It names no time of its source (PEP 552): one that was copied along is used, by whoever may not write it.
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1
    assert staging.stage(without_modes, paths, Interpreter(Path("/bin/false"), "3.11.0")) == folder
