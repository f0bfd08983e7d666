"""Two processes that build the same thing take turns, and every user can read the result."""

from pathlib import Path

import pytest

from harness.provision import built as building
from harness.provision.built import BuildError, let_everyone_read, one_builder


def test_the_second_waits_but_not_forever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "CACHE", tmp_path)
    monkeypatch.setattr(building, "_TURN_LIMIT_S", 0.1)
    with (
        one_builder("tool"),
        one_builder("other"),
        pytest.raises(BuildError, match=r"tool: another process"),
        one_builder("tool"),
    ):
        pass
    with one_builder("tool"):
        pass


def test_private_files_become_readable_for_everyone(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir(0o700)
    (tmp_path / "file").touch(0o600)
    (tmp_path / "script").touch(0o700)
    tmp_path.chmod(0o700)
    let_everyone_read(tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path, *tmp_path.iterdir())}
    assert modes == {tmp_path.name: 0o755, "file": 0o644, "script": 0o744, "inner": 0o700}


def test_readable_files_are_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    let_everyone_read(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o777
