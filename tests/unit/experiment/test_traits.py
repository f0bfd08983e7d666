"""Waiting and computing, from CPU readings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stamps import MS, run

from harness.experiment.traits import waiting_share

EVENTS = run(("load", 1100, 1200, 1, "success"), ("transform", 1900, 2000, 1, "success"))


def readings(*steps: tuple[int, float]) -> list[tuple[int, float]]:
    """Return readings at these milliseconds, each with the CPU seconds since the previous one."""
    total, found = 0.0, []
    for at_ms, used_s in steps:
        total += used_s
        found.append((at_ms * MS, total))
    return found


def test_a_window_under_a_tenth_of_a_core_is_waiting() -> None:
    waited = readings((1300, 0), (1500, 0.019), (1700, 0.021), (1900, 0.2))
    assert waiting_share(waited, EVENTS) == pytest.approx(1 / 3)


def test_windows_that_overlap_a_step_are_not_used() -> None:
    beside = readings((1000, 0), (1150, 0.15), (1300, 0.1), (1800, 0.0), (1950, 0.1))
    assert waiting_share(beside, EVENTS) == 1.0


@pytest.mark.parametrize("known", [[], readings((1000, 0)), readings((1000, 0), (2100, 0.0)), readings((1, 0), (1, 0))])
def test_without_a_window_nothing_is_known(known: list[tuple[int, float]]) -> None:
    assert waiting_share(known, EVENTS) is None


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 2)), min_size=2))
def test_it_is_a_share(steps: list[tuple[int, float]]) -> None:
    at_ms, stamped = 0, []
    for after_ms, used_s in steps:
        at_ms += after_ms
        stamped.append((at_ms, used_s))
    share = waiting_share(readings(*stamped), EVENTS)
    assert share is None or 0 <= share <= 1
