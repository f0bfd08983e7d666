"""Statistics of samples."""

import pytest

from harness.stats import Summary, spread, summarise


def test_summary() -> None:
    assert summarise([3.0, 1.0, 2.0, 10.0]) == Summary(2.5, 1.0, 10.0, 4)
    assert summarise([]) is None


def test_spread() -> None:
    assert spread([1.0, 1.2, 1.1]) == pytest.approx(0.2)
    assert spread([1.0]) == 0
