"""An envelope on a machine that has less."""

import pytest

from harness.experiment.envelope import Envelope, fitting, shortages

GIB = 1024**3


@pytest.mark.parametrize(("cpus", "granted"), [(1, 1), (2, 2), (64, 2)])
def test_cpus_are_no_more_than_there_are(cpus: int, granted: float) -> None:
    envelope = fitting(Envelope(cpus=2.0, cpuset=(3,)), cpus)
    assert envelope == Envelope(cpus=granted, cpuset=(3,))


def test_what_is_short_is_said() -> None:
    assert shortages(Envelope(), cpus=2, memory_bytes=4 * GIB) == []
    cpus, memory = shortages(Envelope(), cpus=1, memory_bytes=2 * GIB)
    assert "1 CPU" in cpus
    assert "2.0 GiB" in memory
