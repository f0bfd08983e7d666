"""The folders of environments and rounds."""

import os
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.provision import built
from harness.provision.process import paths
from harness.provision.process.paths import find_paths, lay_landing
from harness.provision.process.user import User

ME = User("me", os.getuid(), os.getgid())


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "_places", lambda: [tmp_path / "tmp"])
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(paths, "_LONGEST_ROUNDS", len(str(tmp_path / "cache/process/r")))
    return tmp_path / "tmp"


@pytest.fixture
def out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout that the serving user cannot enter."""
    real = User.succeeds
    monkeypatch.setattr(
        User, "succeeds", lambda user, command: str(tmp_path / "cache") not in command[0] and real(user, command)
    )


def test_everything_is_in_the_checkout_if_possible(temporary: Path, tmp_path: Path) -> None:
    there = find_paths(ME)
    assert there.folder == tmp_path / "cache" / "process"
    assert there.rounds == there.folder / "r"
    assert not temporary.exists()


def test_a_long_path_moves_rounds_elsewhere(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "_LONGEST_ROUNDS", 10)
    there = find_paths(ME)
    assert there.rounds.is_relative_to(temporary)
    assert not there.folder.is_relative_to(temporary)


def test_an_unreachable_checkout_moves_everything_elsewhere(temporary: Path, out_of_reach: None) -> None:
    assert find_paths(ME).folder.is_relative_to(temporary)


def test_checkouts_that_share_a_cache_share_the_other_place(
    temporary: Path, out_of_reach: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").mkdir()
    own = find_paths(ME)
    (tmp_path / "copy").symlink_to(tmp_path / "cache")
    monkeypatch.setattr(paths, "CACHE", tmp_path / "copy")
    assert find_paths(ME) == own
    monkeypatch.setattr(paths, "CACHE", tmp_path / "other")
    assert find_paths(ME) != own


def test_unreachable_landing_files_are_copied_once(
    temporary: Path, out_of_reach: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(built, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(paths, "LANDING", tmp_path / "cache" / "landing")
    own = find_paths(ME)
    (tmp_path / "cache" / "landing").mkdir()
    (tmp_path / "cache" / "landing" / "flights.csv").write_text("flights")
    lay_landing(own)
    copied = (own.landing / "flights.csv").stat()
    lay_landing(own)
    assert (own.landing / "flights.csv").stat().st_mtime_ns == copied.st_mtime_ns
    (own.landing / "flights.csv").write_text("cut")
    lay_landing(own)
    assert (own.landing / "flights.csv").read_text() == "flights"
    assert [path.name for path in own.landing.iterdir()] == ["flights.csv"]


def test_another_users_folder_is_not_taken(
    temporary: Path, out_of_reach: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_paths(ME)
    temporary.chmod(0o1777)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(HarnessError, match=r"orchbench-\w+ \(it belongs to "):
        find_paths(ME)


def test_a_cache_of_another_user_is_used_if_it_is_writable(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_paths(ME)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(User, "identity", {})
    assert find_paths(ME).folder == tmp_path / "cache" / "process"


def test_without_any_usable_place_each_is_reported_with_its_reason(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary.write_text("a file")
    monkeypatch.setattr(User, "succeeds", lambda _user, command: command[0] == "test")
    with pytest.raises(HarnessError, match=r"no folder in which user me can run programs. Tried: ") as raised:
        find_paths(ME)
    told = str(raised.value)
    assert f"{tmp_path / 'cache/process'} (programs in it cannot run (mounted with noexec?))" in told
    assert "tmp/orchbench-" in told
    assert "(not a directory)" in told


def test_another_users_link_is_refused_before_anything_is_created_through_it(
    temporary: Path, out_of_reach: None, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("ONLY ROOT CAN MAKE ANOTHER USER'S LINK")
    temporary.mkdir(mode=0o1777)
    temporary.chmod(0o1777)
    apart = find_paths(ME).folder
    for each in sorted(apart.rglob("*"), reverse=True):
        each.rmdir()
    apart.rmdir()
    (tmp_path / "own").mkdir()
    apart.symlink_to(tmp_path / "own")
    os.chown(apart, 12345, 12345, follow_symlinks=False)
    with pytest.raises(HarnessError, match=r"orchbench-\w+ \(it belongs to "):
        find_paths(ME)
    assert list((tmp_path / "own").iterdir()) == []
