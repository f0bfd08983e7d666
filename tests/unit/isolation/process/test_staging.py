"""The copy of an orchestrator's code: executable where necessary, and compiled for the Python of its stacks."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from harness.isolation import sources
from harness.isolation.process import staging
from harness.isolation.process.interpreter import Interpreter
from harness.isolation.process.paths import ProcessPaths
from harness.isolation.process.staging import stage
from harness.isolation.process.user import User
from harness.isolation.sources import code_of, content_sha256
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.paths import PIPELINES

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
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProcessPaths:
    monkeypatch.setattr("harness.isolation.one_builder.CACHE", tmp_path)
    return ProcessPaths(User("me", os.getuid(), os.getgid()), tmp_path / "ground", tmp_path / "ground" / "r")


def test_lost_modes_change_nothing(without_modes: Manifest, ground: ProcessPaths) -> None:
    told = content_sha256(code_of(without_modes))
    folder = stage(without_modes, ground, HERE)
    programs = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.stat().st_mode & 0o111}
    assert {"pipeline/serve", "pipeline/unit_test", "reference/run_unit_test.py"} <= programs
    assert "pipeline/etl.py" not in programs
    for path in (without_modes.folder / "serve", without_modes.folder / "unit_test"):
        path.chmod(0o755)
    assert content_sha256(code_of(without_modes)) == told


def test_code_is_compiled_by_the_python_of_its_stacks(
    without_modes: Manifest, ground: ProcessPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "python"
    asked.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexec {sys.executable} "$@"\n')
    asked.chmod(0o755)
    folder = stage(without_modes, ground, Interpreter(asked, "3.11.0"))
    assert "-m compileall" in (tmp_path / "asked").read_text()
    (compiled,) = (folder / "pipeline" / "__pycache__").glob("etl.*.pyc")
    # It contains no time of its source (PEP 552), so a copy is used even by users who cannot write it.
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1
    assert staging.stage(without_modes, ground, Interpreter(Path("/bin/false"), "3.11.0")) == folder
