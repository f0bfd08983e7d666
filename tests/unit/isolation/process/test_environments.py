"""An environment is used where it was created, and created again after a move."""

import json
from pathlib import Path

from harness.isolation.process.environments import ensure_environment, is_there
from harness.isolation.process.interpreter import Interpreter
from harness.isolation.process.paths import ProcessPaths
from harness.isolation.process.user import User

PYTHON = Interpreter(Path("/usr/bin/python3.11"), "3.11.0")


def _make(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "supervisord").write_text(f"#!{folder}/bin/python\n")


def test_a_moved_environment_is_created_again(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("tool==1\n")
    before, after = (
        ProcessPaths(User("me", 1, 1), tmp_path / name, tmp_path / name / "r") for name in ("before", "after")
    )
    made = ensure_environment("tool", lock, before, PYTHON, _make)
    assert is_there("tool", lock, before, PYTHON)
    before.folder.rename(after.folder)
    assert not is_there("tool", lock, after, PYTHON)
    again = ensure_environment("tool", lock, after, PYTHON, _make)
    assert (again.folder / "bin" / "supervisord").read_text() == f"#!{again.folder}/bin/python\n"
    # A benchmark can be resumed with it, because it has the same content.
    assert again.key == made.key


def test_an_environment_without_its_place_is_created_again(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    ground = ProcessPaths(User("me", 1, 1), tmp_path, tmp_path / "r")
    made = ensure_environment("tool", lock, ground, PYTHON, _make)
    mark = made.folder / ".complete.json"
    for text in (json.dumps({"size_bytes": 1}), "{"):
        mark.write_text(text)
        assert not is_there("tool", lock, ground, PYTHON)
