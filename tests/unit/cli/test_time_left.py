"""The remaining time, in words."""

import pytest

from harness.cli.expectation import time_left


@pytest.mark.parametrize(
    ("expected_s", "took", "words"),
    [
        (600, [], "about 10 min left"),
        (60, [], "about 60 s left"),
        (600, [(30, 20)], "about 15 min left"),
        (600, [(20, 20), (20, 20), (20, 20)], "10 min ± 0 s left"),
        (0, [(20, 20), (30, 20)], "0 s ± 0 s left"),
    ],
)
def test_it_is_estimated_from_finished_rounds(expected_s: float, took: list[tuple[float, float]], words: str) -> None:
    assert time_left(expected_s, took) == words


def test_varying_rounds_make_it_uncertain() -> None:
    assert "± 0" not in time_left(600, [(10, 20), (40, 20)])
