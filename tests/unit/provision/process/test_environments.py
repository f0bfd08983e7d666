"""An environment is used where it was made, and made anew where it was moved to."""

import json
from pathlib import Path

from harness.provision.process.environments import ensure_environment, is_there
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.user import User

PYTHON = Interpreter(Path("/usr/bin/python3.11"), "3.11.0")


def _make(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "supervisord").write_text(f"#!{folder}/bin/python\n")


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
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
    # A benchmark can go on with it: it was made from the same.
    assert again.key == made.key


def test_what_says_nothing_of_its_place_is_made_anew(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    ground = ProcessPaths(User("me", 1, 1), tmp_path, tmp_path / "r")
    made = ensure_environment("tool", lock, ground, PYTHON, _make)
    mark = made.folder / ".complete.json"
    for text in (json.dumps({"size_bytes": 1}), "{"):
        mark.write_text(text)
        assert not is_there("tool", lock, ground, PYTHON)
