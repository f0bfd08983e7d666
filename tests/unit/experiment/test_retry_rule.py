"""The rule by which failed steps are retried."""

import pytest
from stamps import CLEAN, run

from harness.experiment.traits import retry_rule


def waited(*delays_s: float):
    """Return a step's attempts with these waits between them. The last one succeeds."""
    at, spans = 0.0, []
    for number, delay_s in enumerate(delays_s, start=1):
        spans.append(("transform", at, at + 10, number, "failure"))
        at += 10 + 1000 * delay_s
    return run(*spans, ("transform", at, at + 10, len(delays_s) + 1, "success"))


@pytest.mark.parametrize(
    ("trials", "rule"),
    [
        ([waited(1.0, 1.0)], "constant"),
        ([waited(1.0, 2.0)], "changing"),
        ([waited(1.0, 2.0), waited(1.0)], "changing"),
        ([waited(2.1, 1.9), waited(1.6, 2.2)], "constant"),
        ([waited(2.0, 1.0)], "changing"),
        # A scheduler that polls once a second.
        ([waited(1.1), waited(1.7, 2.04), waited(1.4, 2.05)], "constant"),
        # A machine that was busy once.
        ([waited(1.0, 2.0)] * 11 + [waited(2.4, 2.0)], "changing"),
        ([waited(1.0)], None),
        ([CLEAN], None),
        ([], None),
    ],
)
def test_the_rule_follows_from_the_waits(trials, rule) -> None:
    assert retry_rule(trials, period_s=0) == rule


def test_delays_may_differ_by_the_period_of_checks_for_due_retries() -> None:
    trials = [waited(5.0, 60.0), waited(20.0, 60.0)]
    assert retry_rule(trials, period_s=0) == "changing"
    assert retry_rule(trials, period_s=60) == "constant"
    assert retry_rule([waited(5.0, 80.0)], period_s=60) == "changing"
