"""Folders that other users must read."""

from pathlib import Path

from harness.isolation.checkout_owner import let_everyone_read


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
