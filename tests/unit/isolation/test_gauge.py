"""Counters of both cgroup versions, from files as the kernel writes them."""

from pathlib import Path

import pytest

from harness.isolation.gauge import CgroupError, container_counters


def lay(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.mark.parametrize(
    "files",
    [
        {
            "proc/7/cgroup": "9:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n",
            "cgroup/memory/docker/abc/memory.stat": "cache 999\nrss 10\ntotal_rss 4096\n",
            "cgroup/cpuacct/docker/abc/cpuacct.usage": "2500000000\n",
        },
        {
            "proc/7/cgroup": "0::/system.slice/docker-abc.scope\n",
            "cgroup/system.slice/docker-abc.scope/memory.stat": "anon 4096\nfile 999\n",
            "cgroup/system.slice/docker-abc.scope/cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
        },
    ],
    ids=["version 1", "version 2"],
)
def test_both_versions_give_the_same_figures(tmp_path: Path, files: dict[str, str]) -> None:
    lay(tmp_path, files)
    found = container_counters(7, "abc", tmp_path / "cgroup", tmp_path / "proc")
    assert found.rss_bytes() == 4096
    assert found.cpu_s() == 2.5


def test_missing_counters(tmp_path: Path) -> None:
    with pytest.raises(CgroupError, match="process 7"):
        container_counters(7, "abc", tmp_path, tmp_path)
    lay(tmp_path, {"proc/7/cgroup": "0::/docker-abc.scope\n"})
    with pytest.raises(CgroupError, match="no cgroup counters"):
        container_counters(7, "abc", tmp_path / "cgroup", tmp_path / "proc")


def test_counters_of_another_group_are_not_the_containers(tmp_path: Path) -> None:
    lay(tmp_path, {"proc/7/cgroup": "0::/somebody\n", "cgroup/somebody/memory.stat": "anon 1\n"})
    with pytest.raises(CgroupError, match="is not the container's"):
        container_counters(7, "abc", tmp_path / "cgroup", tmp_path / "proc")
