"""What git tells of a checkout, and what is said where it tells nothing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.measure.checkout import commit_of


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "file").write_text("one")
    git(folder, "add", "file")
    git(folder, "commit", "--quiet", "-m", "one")
    return folder


def test_a_checkout_has_a_commit_and_changes(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    assert commit_of(checkout) == (head, False)
    (checkout / "file").write_text("two")
    assert commit_of(checkout) == (head, True)


def test_untracked_files_are_changes_whatever_is_configured(checkout: Path) -> None:
    git(checkout, "config", "status.showUntrackedFiles", "no")
    (checkout / "new").touch()
    assert commit_of(checkout)[1]


def test_no_git_at_all(checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(checkout) == ("", False)


def test_an_archive_without_a_repository(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == ("", False)


def test_an_archive_inside_a_repository_is_none_of_its_commits(checkout: Path) -> None:
    (checkout / "archive").mkdir()
    assert commit_of(checkout / "archive") == ("", False)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert commit_of(tmp_path) == ("", False)


def test_a_hook_of_another_repository_is_not_mistaken(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    assert commit_of(checkout) == (head, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_checkout_of_another_user(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    for path in [checkout, *checkout.rglob("*")]:
        shutil.chown(path, 65534, 65534)
    assert commit_of(checkout) == (head, False)
