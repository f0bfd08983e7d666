"""Files that tools or people put into an orchestrator's folder for themselves are not its code."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.orchestrators.discovery import discover
from harness.orchestrators.own_files import of_their_own, own_files
from harness.paths import PIPELINES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An orchestrator's folder with files that tools leave there."""
    for name in (
        "etl.py",
        "steps/one.py",
        ".dlt/config.toml",
        "__pycache__/etl.cpython-311.pyc",
        "steps/__pycache__/one.cpython-311.pyc",
        "ui/node_modules/left-pad/index.js",
        "tool.egg-info/PKG-INFO",
        "my-env/pyvenv.cfg",
        "my-env/lib/python3.11/site-packages/tool.py",
        ".mypy_cache/CACHEDIR.TAG",
        ".mypy_cache/3.11/etl.json",
        "ignored/data.db",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "ignored" / ".gitignore").write_text("*\n")
    return tmp_path


def test_environments_and_caches_are_recognized_by_their_marks(folder: Path) -> None:
    own = [str(path.relative_to(folder)) for path in own_files(folder)]
    assert own == [".dlt/config.toml", "etl.py", "steps/one.py"]


def test_a_real_environment_is_left_out_whatever_its_name(folder: Path) -> None:
    before = own_files(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "sandbox"], check=True)
    assert own_files(folder) == before


def test_a_pattern_of_source_lines_finds_only_the_folders_code(folder: Path) -> None:
    matching = {path for path in folder.rglob("*.py") if path.is_file()}
    assert {path.name for path in of_their_own(matching, folder)} == {"etl.py", "one.py"}


def test_no_committed_file_is_left_out() -> None:
    for manifest in discover():
        every = {path for path in manifest.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
        assert set(own_files(manifest.folder)) == every
    assert own_files(PIPELINES / "reference")
