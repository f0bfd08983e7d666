"""Memory of processes, from files as kernels write them. An unknown value is not 0."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.isolation.gauge import Gauge
from harness.isolation.process import tree as trees
from harness.isolation.process.isolation import Processes
from harness.isolation.process.tree import TreeCounters, pss_anon_bytes

NEW = "Rss: 900 kB\nPss: 700 kB\nPss_Anon: 400 kB\nPss_File: 300 kB\n"
OLD = "Rss: 900 kB\nPss: 700 kB\n"
"""As before Linux 5.3."""


def lay(proc: Path, **rollups: str) -> Path:
    for pid, content in rollups.items():
        (proc / pid).mkdir()
        (proc / pid / "smaps_rollup").write_text(content)
    return proc


def test_a_kernel_with_this_counter(tmp_path: Path) -> None:
    proc = lay(tmp_path, self=NEW, seven=NEW)
    assert pss_anon_bytes("seven", proc) == 400 * 1024
    assert pss_anon_bytes("ended", proc) == 0


def test_a_kernel_without_this_counter(tmp_path: Path) -> None:
    assert pss_anon_bytes("seven", lay(tmp_path, self=OLD, seven=OLD)) is None


def test_a_kernel_without_the_file(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    assert pss_anon_bytes("seven", tmp_path) is None


def test_one_unknown_process_makes_the_whole_tree_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "tree", lambda _pid: [SimpleNamespace(pid=each) for each in (1, 2, 3)])
    monkeypatch.setattr(trees, "pss_anon_bytes", {1: 1024, 2: 0, 3: 2048}.get)
    assert Gauge([TreeCounters(1)], []).rss_bytes() == 3072
    monkeypatch.setattr(trees, "pss_anon_bytes", {1: 1024, 2: None, 3: 2048}.get)
    assert Gauge([TreeCounters(1)], []).rss_bytes() is None


def test_a_result_says_why_memory_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.isolation.process.groups.available", lambda: False)
    monkeypatch.setattr("harness.isolation.process.isolation.pss_anon_bytes", lambda: None)
    monkeypatch.setattr(Processes, "_postgres_version", lambda _self: "15")
    said = Processes().describe().caveats[-1]
    assert said == "Memory is not limited, and this kernel does not report it (no Pss_Anon in /proc/PID/smaps_rollup)."
