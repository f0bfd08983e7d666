"""The CPUs of the harness and of each stack."""

import os

import pytest

from harness.errors import Misuse
from harness.machine.pinning import lanes, pin


def test_few_cpus_are_shared() -> None:
    placed = pin({0, 1}, stack_cpus=2)
    assert not placed.pinned
    assert placed.cpuset == ()


def test_enough_cpus_are_split_into_disjoint_sets() -> None:
    placed = pin({3, 0, 5, 7}, stack_cpus=2)
    assert placed.pinned
    assert placed.harness == [0]
    assert placed.stacks == [3, 5, 7]
    assert placed.cpuset == (3, 5, 7)


def test_nothing_is_pinned_if_the_host_does_not_allow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    assert not pin({0, 1, 2, 3}, stack_cpus=2).pinned


def test_parallel_rounds_share_no_cpu() -> None:
    placed = lanes(range(7), stack_cpus=2, jobs=2)
    assert placed.jobs == 2
    assert placed.harness == [0]
    assert placed.lanes == [[1, 2, 3], [4, 5, 6]]
    assert placed.stacks == [1, 2, 3, 4, 5, 6]


def test_too_few_cpus_for_parallel_rounds_are_refused_with_a_fitting_number() -> None:
    with pytest.raises(Misuse, match=r"3 parallel rounds need 10 CPUs .* there are only 8. The maximum is --jobs 2"):
        lanes(range(8), stack_cpus=2, jobs=3)


def test_no_parallel_rounds_without_pinning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    with pytest.raises(Misuse, match="pinning processes to CPUs"):
        lanes(range(32), stack_cpus=2, jobs=2)
