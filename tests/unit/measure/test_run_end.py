"""How often the API is polled."""

import pytest

from harness.measure.run_end import finish_poll_s


@pytest.mark.parametrize(("since_last_step_s", "poll_s"), [(0.0, 0.02), (1.49, 0.02), (1.5, 0.1), (60.0, 0.1)])
def test_a_late_end_is_polled_less_often(since_last_step_s: float, poll_s: float) -> None:
    assert finish_poll_s(since_last_step_s) == poll_s
