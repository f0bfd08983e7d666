"""Ordinary mishaps of ordinary machines, played for real: namespaces, limits, signals, full disks, hostile leftovers.

Each test names the situation, and does what a user does in it. Tests over 20 s are in `long/` and belong to `make
conformance`.
"""

from collections.abc import Iterator

import pytest
from orchestrators.assembled import BASELINE

from harness.measure.stack import Stack


@pytest.fixture(scope="module")
def stack(serve) -> Iterator[Stack]:
    """A stack of the baseline, for one module."""
    with serve(BASELINE) as served:
        yield served
