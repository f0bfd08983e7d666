"""Control groups with limits, and counters of trees of processes."""

import subprocess
import time
from pathlib import Path

import pytest

from harness.experiment.envelope import Envelope
from harness.isolation.process import groups
from harness.isolation.process.tree import tree_gauge


def test_control_groups_of_version_1_have_limits(tmp_path: Path) -> None:
    for controller in ("memory", "cpuacct", "cpu"):
        (tmp_path / controller).mkdir()
    assert groups.available(tmp_path)
    group = groups.make_group("orchbench-a-orchestrator", Envelope(cpus=1.5, memory_bytes=1000), tmp_path)
    assert (tmp_path / "memory/orchbench-a-orchestrator/memory.limit_in_bytes").read_text() == "1000"
    assert (tmp_path / "cpu/orchbench-a-orchestrator/cpu.cfs_quota_us").read_text() == "150000"
    assert group.counters.memory_key == "total_rss"


def test_control_groups_of_version_2_have_limits(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory")
    assert groups.available(tmp_path)
    group = groups.make_group("orchbench-a-orchestrator", Envelope(cpus=2, memory_bytes=1000), tmp_path)
    assert (tmp_path / "orchbench-a-orchestrator/memory.max").read_text() == "1000"
    assert (tmp_path / "orchbench-a-orchestrator/cpu.max").read_text() == "200000 100000"
    assert group.counters.memory_key == "anon"


@pytest.mark.parametrize(
    ("version", "file", "limit"),
    [("v1", "memory/g/memory.memsw.limit_in_bytes", "1000"), ("v2", "g/memory.swap.max", "0")],
)
def test_no_memory_is_swapped_if_the_kernel_counts_swap(tmp_path: Path, version: str, file: str, limit: str) -> None:
    for controller in ("memory", "cpuacct", "cpu"):
        (tmp_path / controller).mkdir()
    if version == "v2":
        (tmp_path / "cgroup.controllers").write_text("cpu memory")
        (tmp_path / "cgroup.subtree_control").write_text("cpu memory")
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("max")
    groups.make_group("g", Envelope(memory_bytes=1000), tmp_path)
    assert (tmp_path / file).read_text() == limit


def test_a_host_without_the_controllers_has_no_groups(tmp_path: Path) -> None:
    assert not groups.available(tmp_path)
    (tmp_path / "cgroup.controllers").write_text("cpu memory")
    (tmp_path / "cgroup.subtree_control").write_text("")
    assert not groups.available(tmp_path)


def test_time_of_ended_children_is_counted() -> None:
    busy = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
    process = subprocess.Popen(["sh", "-c", f"sh -c '{busy}'; sleep 600"])
    try:
        gauge = tree_gauge([process.pid], [process.pid])
        deadline = time.monotonic() + 20
        while gauge.cpu_s() < 0.1:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert gauge.rss_bytes() > 10_000
        assert gauge.period_s >= 0.25
    finally:
        process.kill()
        process.wait()
