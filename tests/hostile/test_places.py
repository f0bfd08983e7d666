"""Folders that forbid programs, files of root, and programs in copied checkouts."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from checkouts import Checkout, copy_checkout
from situations import SOMEBODY, as_somebody, mounted

from harness.errors import HarnessError
from harness.provision.process import paths
from harness.provision.process.paths import find_paths
from harness.provision.process.user import serving_user


def test_a_folder_that_is_mounted_noexec_is_skipped(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbidding, good = open_folder / "noexec", open_folder / "good"
    for each in (forbidding, good, open_folder / "closed"):
        each.mkdir()
    (open_folder / "closed").chmod(0o700)
    monkeypatch.setattr(paths, "CACHE", forbidding / "cache")
    monkeypatch.setattr(paths, "_places", lambda: [forbidding, good])
    with mounted("-t", "tmpfs", "-o", "noexec,mode=755", "tmpfs", str(forbidding)):
        assert find_paths(serving_user()).folder.is_relative_to(good)
        monkeypatch.setattr(paths, "_places", lambda: [forbidding])
        with pytest.raises(HarnessError, match=r"noexec/orchbench-\w+ \(programs in it cannot run \(mounted with no"):
            find_paths(serving_user())


def test_a_folder_that_is_full_is_skipped(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full, good = open_folder / "full", open_folder / "good"
    for each in (full, good):
        each.mkdir()
    monkeypatch.setattr(paths, "CACHE", full / "cache")
    monkeypatch.setattr(paths, "_places", lambda: [full, good])
    with mounted("-t", "tmpfs", "-o", "size=8k,mode=755", "tmpfs", str(full)):
        with (full / "filling").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        assert find_paths(serving_user()).folder.is_relative_to(good)


@pytest.fixture
def somebodys(open_folder: Path) -> Checkout:
    """A checkout of an ordinary user, with a separate empty cache."""
    if os.geteuid() != 0:
        pytest.skip("only root can play another user")
    checkout = copy_checkout(open_folder / "checkout")
    (checkout.folder / ".cache").unlink()
    (checkout.folder / ".cache").mkdir()
    subprocess.run(["chown", "-R", SOMEBODY, open_folder], check=True)
    return checkout


def test_files_of_root_are_reported_before_any_round_with_the_command_that_fixes_them(somebodys: Checkout) -> None:
    cache = somebodys.folder / ".cache"
    # As `sudo make bench` leaves them.
    (cache / "process" / "environments" / "plain-1").mkdir(parents=True)
    (cache / "building").mkdir()
    (cache / "building" / "plain.lock").touch()
    command = [sys.executable, "-m", "harness.cli", "bench", "--resume"]

    def told() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            as_somebody(*command),
            cwd=somebodys.folder,
            env=somebodys.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    done = told()
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(
        rf"{cache}/\w+ belongs to root and is not writable for {SOMEBODY}, because root has run ", done.stderr
    )
    (remedy,) = (line.partition("sudo ")[2] for line in done.stderr.splitlines() if "sudo " in line)
    subprocess.run(remedy.split(), check=True)
    # It gets further now.
    assert "there is no unfinished benchmark" in told().stderr


def test_a_copied_program_says_so(tmp_path: Path) -> None:
    program = tmp_path / ".venv" / "bin" / "orchbench"
    program.parent.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    shutil.copy(Path(sys.prefix) / "bin" / "orchbench", program)
    done = subprocess.run([program, "list"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{program} was moved or copied, and would run the code of {sys.prefix}" in done.stderr
    assert f"try: make -C {tmp_path} bench" in done.stderr
