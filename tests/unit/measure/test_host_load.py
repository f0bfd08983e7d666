"""The machine's counters, from files as the kernel writes them."""

from pathlib import Path

import pytest

from harness.measure.meters import read_host_load

STAT = "cpu  100 10 50 9000 30 4 6 20 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"


def test_ticks_become_seconds(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(STAT)
    (tmp_path / "pressure").mkdir()
    (tmp_path / "pressure" / "cpu").write_text("some avg10=4.40 avg60=12.13 avg300=9.28 total=47625014\nfull total=0\n")
    now = read_host_load(proc=tmp_path)
    assert now.busy_s == pytest.approx(1.7)
    assert now.steal_s == pytest.approx(0.2)
    assert now.pressure_s == pytest.approx(47.625014)


def test_a_kernel_without_pressure_has_none(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(STAT)
    assert read_host_load(proc=tmp_path).pressure_s is None


@pytest.mark.parametrize("stat", [None, "", "cpu  100 10 50 9000\n"])
def test_a_host_without_these_counters_has_none(stat: str | None, tmp_path: Path) -> None:
    if stat is not None:
        (tmp_path / "stat").write_text(stat)
    now = read_host_load(proc=tmp_path)
    assert (now.busy_s, now.steal_s, now.pressure_s) == (None, None, None)
    assert now.harness_s > 0


def test_a_lane_counts_only_its_own_cpus_without_the_harness(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(
        "cpu  100 0 0 0 0 0 0 9 0 0\ncpu0 50 0 0 0 0 0 0 3 0 0\ncpu1 20 0 0 0 0 0 0 2 0 0\ncpu11 30 0 0 0 0 0 0 4 0 0\n"
    )
    now = read_host_load(lane=(1, 11), proc=tmp_path)
    assert now.busy_s == pytest.approx(0.5)
    assert now.steal_s == pytest.approx(0.06)
    assert now.harness_s == 0


def test_a_lane_with_a_missing_cpu_has_none(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(STAT)
    assert read_host_load(lane=(0, 1), proc=tmp_path).busy_s is None
