"""The wheels of a lock: split into parallel downloads, fetched once, and counted by an install."""

from pathlib import Path

import pytest
import stamina

from harness.orchestrators.discovery import discover
from harness.orchestrators.lock import read_lock
from harness.provision import run_folders, wheels
from harness.provision.built import BuildError, Install
from harness.provision.wheels import SHARDS, fetch_wheels, install_of, wheels_folder, write_shards


def shards(folder: Path, lock: Path) -> list[Path]:
    write_shards(folder, [lock])
    return sorted(folder.glob("[0-9].lock"))


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_every_pin_is_in_one_part_with_all_of_its_hashes(manifest, tmp_path: Path) -> None:
    parts = shards(tmp_path, manifest.lock)
    assert len(parts) == SHARDS

    def told(path: Path) -> list[tuple[str, str, list[str]]]:
        return [(pin.name, pin.version, [line.words for line in pin.hashes]) for pin in read_lock(path).pins]

    assert sorted(pin for part in parts for pin in told(part)) == sorted(told(manifest.lock))
    sizes = [len(told(part)) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_what_stands_behind_a_pin_stays_with_it(tmp_path: Path) -> None:
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


def test_wheels_are_downloaded_once_for_the_locks_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "CACHE", tmp_path)
    monkeypatch.setattr(run_folders, "RUNS", tmp_path / ".run")
    own, installer = tmp_path / "requirements.lock", tmp_path / "installer.lock"
    for lock in (own, installer):
        lock.write_text(f"{lock.stem}==1 --hash=sha256:1\n")
    downloads: list[str] = []

    def fetch(*locks: Path) -> int:
        fetch_wheels("tool", locks, lambda shards, _: downloads.extend(each.name for each in shards.iterdir()), print)
        return len(downloads)

    assert [fetch(own), fetch(own)] == [1, 1]
    assert [fetch(installer, own), fetch(own)] == [3, 3]
    own.write_text("requirements==2 --hash=sha256:2\n")
    assert fetch(own) == 4


def test_a_download_is_tried_again_and_fails_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "CACHE", tmp_path)
    monkeypatch.setattr(run_folders, "RUNS", tmp_path / ".run")
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1 --hash=sha256:1\n")
    tries: list[Path] = []

    def fail(shards: Path, _wheels: Path) -> None:
        tries.append(shards)
        raise BuildError("no route to the index")

    with stamina.set_testing(testing=True, attempts=3), pytest.raises(BuildError, match="no route"):
        fetch_wheels("tool", [lock], fail, print)
    assert len(tries) == 3
    fetch_wheels("tool", [lock], lambda *_: tries.append(lock), print)
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
