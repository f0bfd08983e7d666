"""The files of a checkout that this user must be able to write."""

import os
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.machine import checkout_owner
from harness.machine.checkout_owner import demand_own_checkout


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CACHE", "RUNS", "RESULTS", "REPOSITORY"):
        folder = tmp_path if name == "REPOSITORY" else tmp_path / name.lower()
        folder.mkdir(exist_ok=True)
        monkeypatch.setattr(checkout_owner, name, folder)
    for name in ("cache/process/environments/tool-1/bin", "cache/building", "cache/uv/bin", "results/old"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "cache" / "building" / "tool.lock").touch()
    return tmp_path


def refuse(monkeypatch: pytest.MonkeyPatch, *refused: Path) -> None:
    monkeypatch.setattr(checkout_owner.os, "access", lambda path, _mode: Path(path) not in refused)
    monkeypatch.setattr(checkout_owner.os, "geteuid", lambda: os.getuid() + 1)


@pytest.mark.parametrize("name", ["cache", "results", "cache/process/environments/tool-1", "cache/building/tool.lock"])
def test_files_that_a_benchmark_writes_must_be_writable(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    demand_own_checkout()
    refuse(monkeypatch, checkout / name)
    with pytest.raises(HarnessError, match=f"{checkout / name} belongs to ") as raised:
        demand_own_checkout()
    assert raised.value.remedy == f"sudo chown -R {os.getuid() + 1} " + " ".join(
        str(checkout / each) for each in ("cache", "runs", "results")
    )


def test_files_that_are_only_read_may_belong_to_anyone(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(
        monkeypatch,
        checkout / "cache/uv/bin",
        checkout / "cache/process/environments/tool-1/bin",
        checkout / "results/old",
    )
    demand_own_checkout()
    with pytest.raises(HarnessError, match="results/old belongs to "):
        demand_own_checkout(checkout / "results" / "old")


def test_a_file_that_was_just_removed_is_ignored(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, checkout / "cache" / "process" / "r" / "gone")
    demand_own_checkout(checkout / "cache" / "process" / "r" / "gone")
