"""Who gets which CPU."""

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
