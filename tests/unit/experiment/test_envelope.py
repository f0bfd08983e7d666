"""Resource limits on a smaller machine."""

import pytest

from harness.experiment.envelope import Envelope, fitting, shortages

GIB = 1024**3


@pytest.mark.parametrize(("cpus", "granted"), [(1, 1), (2, 2), (64, 2)])
def test_cpus_are_limited_to_those_of_the_machine(cpus: int, granted: float) -> None:
    envelope = fitting(Envelope(cpus=2.0, cpuset=(3,)), cpus)
    assert envelope == Envelope(cpus=granted, cpuset=(3,))


def test_smaller_limits_are_reported() -> None:
    assert shortages(Envelope(), cpus=2, memory_bytes=4 * GIB) == []
    cpus, memory = shortages(Envelope(), cpus=1, memory_bytes=2 * GIB)
    assert "1 CPU" in cpus
    assert "2.0 GiB" in memory
