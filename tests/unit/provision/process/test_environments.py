"""An environment is used where it was made, and made anew where it was moved to."""

import json
from pathlib import Path

import pytest

from harness.provision import built
from harness.provision.process import environments
from harness.provision.process.environments import Environments
from harness.provision.process.interpreter import Interpreter
from harness.provision.process.paths import ProcessPaths
from harness.provision.process.user import User

PYTHON = Interpreter(Path("/usr/bin/python3.11"), "3.11.0")


@pytest.fixture(autouse=True)
def installing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def install(_name: str, _lock: Path, folder: Path, *_: object) -> None:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "supervisord").write_text(f"#!{folder}/bin/python\n")

    monkeypatch.setattr(environments, "install", install)
    monkeypatch.setattr(built, "CACHE", tmp_path)


def test_an_environment_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("tool==1\n")
    before, after = (
        Environments(ProcessPaths(User("me", 1, 1), tmp_path / name, tmp_path / name / "r"), PYTHON)
        for name in ("before", "after")
    )
    made = before.ensure("tool", lock, print)
    assert before.has("tool", lock)
    before.paths.folder.rename(after.paths.folder)
    assert not after.has("tool", lock)
    again = after.ensure("tool", lock, print)
    assert (again.folder / "bin" / "supervisord").read_text() == f"#!{again.folder}/bin/python\n"
    # A benchmark can go on with it: it was made from the same.
    assert again.key == made.key


def test_what_says_nothing_of_its_place_is_made_anew(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    own = Environments(ProcessPaths(User("me", 1, 1), tmp_path, tmp_path / "r"), PYTHON)
    made = own.ensure("tool", lock, print)
    mark = made.folder / ".complete.json"
    for text in (json.dumps({"size_bytes": 1}), "{"):
        mark.write_text(text)
        assert not own.has("tool", lock)
