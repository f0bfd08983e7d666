"""Who gets which CPU."""

import os

import pytest

from harness.isolation.pinning import pin


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


def test_nothing_is_pinned_where_the_host_does_not_let_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    assert not pin({0, 1, 2, 3}, stack_cpus=2).pinned
