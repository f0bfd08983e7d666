"""A lock in parts that can be downloaded in parallel."""

from pathlib import Path

import pytest

from harness.isolation import wheels
from harness.isolation.wheels import SHARDS, write_shards
from harness.orchestrators.discovery import discover
from harness.orchestrators.lock import read_lock


@pytest.mark.parametrize("manifest", discover(), ids=lambda manifest: manifest.name)
def test_every_pin_is_in_one_part_with_all_of_its_hashes(manifest, tmp_path: Path) -> None:
    parts = write_shards(tmp_path, [manifest.lock])
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
    first, second = write_shards(tmp_path, [lock])
    assert first.read_text() == 'a==1 ; sys_platform == "linux" \\\n    --hash=sha256:1\n    # via b\n'
    assert second.read_text() == "b==2 --hash=sha256:2\n"


def test_a_lock_of_one_pin_has_one_part(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1 --hash=sha256:1\n")
    assert [part.read_text() for part in write_shards(tmp_path, [lock])] == [lock.read_text()]


def test_wheels_are_complete_only_for_locks_that_have_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "CACHE", tmp_path)
    baseline = discover()[0]
    own, installer = tmp_path / "requirements.lock", tmp_path / "installer.lock"
    for lock in (own, installer):
        lock.write_text(f"{lock.stem}==1 --hash=sha256:1\n")
    wheels.wheels_folder(baseline).mkdir(parents=True)
    assert not wheels.is_complete(baseline, [own])
    wheels.mark_complete(baseline, [own])
    assert wheels.is_complete(baseline, [own])
    assert not wheels.is_complete(baseline, [installer, own])
    own.write_text("requirements==2 --hash=sha256:2\n")
    assert not wheels.is_complete(baseline, [own])
