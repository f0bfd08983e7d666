"""The warnings of `doctor` about an engine."""

import shutil
from pathlib import Path

import pytest
from engines import Engine

from harness.isolation.docker import doctor
from harness.isolation.docker.doctor import ClockError, demand_same, disk, warnings
from harness.isolation.process.groups import limit_swap

INFO = {
    "ServerVersion": "28.0",
    "SecurityOptions": ["name=seccomp,profile=default"],
    "Driver": "overlay2",
    "CpuCfsQuota": True,
    "MemoryLimit": True,
    "CPUSet": True,
    "SwapLimit": True,
    "NCPU": 4,
    "MemTotal": 16 * 10**9,
    "Name": "far",
}


def test_an_engine_that_lacks_nothing() -> None:
    assert warnings(INFO) == []


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        ({"Driver": "fuse-overlayfs"}, "storage driver fuse-overlayfs"),
        ({"CpuCfsQuota": False, "CPUSet": False}, "the engine cannot limit CPU time and the choice of CPUs"),
        ({"SwapLimit": False}, "the engine cannot limit swap"),
        ({"NCPU": 1}, "1 CPU instead of 2 per stack"),
        ({"MemTotal": 2 * 10**9}, "2 GB of memory"),
    ],
)
def test_a_missing_feature_of_an_engine_is_a_warning(lack: dict[str, object], said: str) -> None:
    (finding,) = warnings({**INFO, **lack})
    assert finding.level == "warning"
    assert finding.what.startswith(said)
    assert finding.remedy


@pytest.mark.parametrize(
    ("there", "limited"),
    [
        (["memory/memory.limit_in_bytes"], False),
        (["memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes"], True),
        (["cgroup.controllers", "init.scope/memory.max"], False),
        (["cgroup.controllers", "init.scope/memory.max", "init.scope/memory.swap.max"], True),
    ],
)
def test_control_groups_with_and_without_swap_accounting(tmp_path: Path, there: list[str], *, limited: bool) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert limit_swap(tmp_path) == limited


@pytest.mark.parametrize(("free_gb", "level"), [(0.2, "missing"), (5, "warning"), (50, "ok")])
def test_the_engines_disk(free_gb: float, level: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def usage(folder: Path) -> "shutil._ntuple_diskusage":
        asked.append(folder)
        return shutil._ntuple_diskusage(10**12, 10**12, int(free_gb * 10**9))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    # A remapped engine keeps its images in a folder that only root can read.
    finding = disk({**INFO, "DockerRootDir": str(tmp_path / "100000.100000" / "deep")})
    assert finding.level == level
    assert asked == [tmp_path]


def test_an_engine_on_another_machine_is_missing(docker: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.answers = {"GET /info": (200, INFO)}
    monkeypatch.setattr(doctor, "remote_engine", lambda: "http://10.0.0.7:2375")
    (finding,) = doctor.examine()
    assert (finding.level, finding.remedy) == ("missing", "unset DOCKER_HOST; docker context use default")


def test_the_same_boot_and_a_stamp_in_between_are_one_clock() -> None:
    demand_same("boot-1 150\n", "boot-1", 100, 200)


@pytest.mark.parametrize("told", ["boot-2 150", "boot-1 99", "boot-1 201", "boot-1", "", "boot-1 soon"])
def test_anything_else_is_one_sentence(told: str) -> None:
    with pytest.raises(ClockError, match="do not share this host's clock") as raised:
        demand_same(told, "boot-1", 100, 200)
    assert raised.value.exit_code == 2
