"""The wheels of a lock: split into parallel downloads, downloaded once, and counted by an install."""

import platform
from pathlib import Path

import pytest
import stamina

from harness.orchestrators.discovery import discover
from harness.orchestrators.lock import read_lock
from harness.provision import wheels
from harness.provision.built import BuildError, Install
from harness.provision.docker.install import TARGET
from harness.provision.wheels import SHARDS, fetch_wheels, install_of, wheels_folder, write_shards


def shards(folder: Path, lock: Path) -> list[Path]:
    return write_shards(folder, [lock])


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_every_pin_is_in_one_part_with_all_of_its_hashes(manifest, tmp_path: Path) -> None:
    parts = shards(tmp_path, manifest.lock)
    assert len(parts) == SHARDS

    def told(path: Path) -> list[tuple[str, str, list[str]]]:
        return [(pin.name, pin.version, [line.words for line in pin.hashes]) for pin in read_lock(path).pins]

    assert sorted(pin for part in parts for pin in told(part)) == sorted(told(manifest.lock))
    sizes = [len(told(part)) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_the_lines_after_a_pin_stay_with_it(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        '# made by uv\na==1 ; sys_platform == "linux" \\\n    --hash=sha256:1\n    # via b\nb==2 --hash=sha256:2\n'
    )
    first, second = shards(tmp_path, lock)
    assert first.read_text() == 'a==1 ; sys_platform == "linux" \\\n    --hash=sha256:1\n    # via b\n'
    assert second.read_text() == "b==2 --hash=sha256:2\n"


def test_a_lock_of_one_pin_has_one_part(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1 --hash=sha256:1\n")
    assert [part.read_text() for part in shards(tmp_path, lock)] == [lock.read_text()]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every build command that would have run."""
    ran: list[list[str]] = []
    monkeypatch.setattr(wheels, "CACHE", tmp_path)
    monkeypatch.setattr(wheels, "run_build", lambda command, _name: ran.append(command))
    return ran


def test_wheels_are_downloaded_once_for_the_locks_as_they_are(tmp_path: Path, commands: list[list[str]]) -> None:
    own, installer = tmp_path / "requirements.lock", tmp_path / "installer.lock"
    for lock in (own, installer):
        lock.write_text(f"{lock.stem}==1 --hash=sha256:1\n")

    def fetch(*locks: Path) -> int:
        fetch_wheels("tool", locks, ["python3.11"], print)
        return len(commands)

    assert [fetch(own), fetch(own)] == [1, 1]
    assert [fetch(installer, own), fetch(own)] == [3, 3]
    own.write_text("requirements==2 --hash=sha256:2\n")
    assert fetch(own) == 4


def test_wheels_for_the_base_image_are_taken_as_its_own_pip_would(tmp_path: Path, commands: list[list[str]]) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1 --hash=sha256:1\n")
    fetch_wheels("tool", [lock], ["python3.13"], print, TARGET)
    ((python, _pip, *options),) = commands
    assert python == "python3.13"
    assert {"--require-hashes", "--only-binary=:all:", "--python-version=3.11"} <= {*options}
    best = [
        each.removeprefix("--platform=").removesuffix(f"_{platform.machine()}") for each in options if "many" in each
    ]
    assert best[0] == "manylinux_2_36"
    assert best[best.index("manylinux_2_17") + 1] == "manylinux2014"


def test_a_download_is_tried_again_and_fails_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []

    def fail(*_: object) -> None:
        tries.append(None)
        raise BuildError("no route to the index")

    monkeypatch.setattr(wheels, "CACHE", tmp_path)
    monkeypatch.setattr(wheels, "run_build", fail)
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1 --hash=sha256:1\n")
    with stamina.set_testing(testing=True, attempts=3), pytest.raises(BuildError, match="no route"):
        fetch_wheels("tool", [lock], ["python3.11"], print)
    assert len(tries) == 3
    monkeypatch.setattr(wheels, "run_build", lambda *_: tries.append(None))
    fetch_wheels("tool", [lock], ["python3.11"], print)
    assert len(tries) == 4


def test_an_install_counts_the_wheels_of_its_lock_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "CACHE", tmp_path)
    folder = wheels_folder("tool")
    folder.mkdir(parents=True)
    for name in ("a-1-py3-none-any.whl", "a-2-py3-none-any.whl", "uv-1-py3-none-any.whl"):
        (folder / name).write_bytes(b"12")
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1 --hash=sha256:1\n")
    assert install_of("tool", lock, 1.5) == Install(download_bytes=2, packages=1, seconds=1.5)
