"""The state of a checkout according to git, or the reason why it is unknown."""

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from harness.machine.checkout import can_change_a_number, commit_of
from harness.machine.code_state import harness_files


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


FILE = "pipelines/tool/etl.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "pipelines" / "tool").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / FILE).write_text("one")
    (folder / "README.md").write_text("one")
    (folder / ".gitignore").write_text("*.cfg\n.venv/\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    return folder


def state_of(folder: Path) -> tuple[str, bool]:
    return commit_of(folder, ["tool"])


def test_a_checkout_has_a_commit_and_changes(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    assert state_of(checkout) == (head, False)
    (checkout / FILE).write_text("two")
    assert state_of(checkout) == (head, True)
    assert commit_of(checkout, ["another"]) == (head, False)
    (checkout / FILE).unlink()
    assert state_of(checkout) == (head, True)


@pytest.mark.parametrize("name", ["pipelines/tool/new.py", "pipelines/tool/ignored.cfg", "harness/a b\n\u00e9.py"])
def test_untracked_files_that_run_are_changes_whatever_is_configured(checkout: Path, name: str) -> None:
    git(checkout, "config", "status.showUntrackedFiles", "no")
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).touch()
    assert state_of(checkout)[1]


def test_files_that_change_no_number_are_no_changes(checkout: Path) -> None:
    for name in (
        *("README.md", "notes.txt", "results/2026-01-31-host/records.jsonl", "docs/a.md", "tests/unit/test_a.py"),
        *("pipelines/tool/NOTES.md", "pipelines/tool/__pycache__/etl.pyc", "pipelines/other/etl.py", ".cache/a"),
    ):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("two")
    assert not state_of(checkout)[1]


def test_no_git_at_all(checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert state_of(checkout) == ("", False)


def test_an_archive_without_a_repository(tmp_path: Path) -> None:
    assert state_of(tmp_path) == ("", False)


def test_an_archive_inside_a_repository_has_no_commit(checkout: Path) -> None:
    (checkout / "archive").mkdir()
    assert state_of(checkout / "archive") == ("", False)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert state_of(tmp_path) == ("", False)


def test_a_hook_of_another_repository_is_not_mistaken(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    assert state_of(checkout) == (head, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_checkout_of_another_user(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    for path in [checkout, *checkout.rglob("*")]:
        shutil.chown(path, 65534, 65534)
    assert state_of(checkout) == (head, False)


@pytest.mark.parametrize(
    "path",
    [
        *("harness/measure/trial.py", "uv.lock", "compose/stack.yaml", "pipelines/reference/golden.json"),
        *("pipelines/tool/etl.py", "pipelines/tool/driver.py", "pipelines/tool/orchestrator.toml"),
        *("pipelines/tool/requirements.lock", "pipelines/tool/compose.yaml", "pipelines/tool/tests/test_etl.py"),
    ],
)
def test_files_that_run_can_change_a_number(path: str) -> None:
    assert can_change_a_number(PurePosixPath(path), ["tool"])


@pytest.mark.parametrize(
    "path",
    [
        *(
            "results/README.md",
            "docs/method/measurement.md",
            "tests/unit/test_files.py",
            "README.md",
            "Makefile",
            "core",
        ),
        *("pipelines/other/etl.py", "pipelines/tool/NOTES.md", "pipelines/tool/requirements.in"),
        *("pipelines/tool/__pycache__/etl.pyc", "pipelines/tool/.etl.py.swp", "pipelines/tool/etl.py~"),
        *("pipelines/tool/.venv/bin/python", "pipelines/reference/__pycache__/etl.pyc"),
        *("harness/report/page/page.css", "harness/__pycache__/a.pyc"),
    ],
)
def test_files_that_do_not_run_change_none(path: str) -> None:
    assert not can_change_a_number(PurePosixPath(path), ["tool"])


def test_every_file_of_the_harness_can_change_a_number() -> None:
    for name in harness_files():
        path = PurePosixPath(name)
        assert can_change_a_number(path, path.parts[1:2]), name
