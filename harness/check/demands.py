"""The scenarios of the checks' trials. Only values."""

from harness.experiment.golden import ALL
from harness.experiment.scenario import define
from harness.experiment.timeline import STEPS
from harness.measure.golden_file import golden, scenarios

NOOP, RETRY, EXHAUSTION, YEAR, AGAIN = "noop", "retry", "exhaustion", "etl", "noop-again"
DEMANDED = {
    NOOP: scenarios()[NOOP],
    RETRY: scenarios()[RETRY],
    EXHAUSTION: scenarios()[EXHAUSTION],
    YEAR: scenarios()[YEAR],
    AGAIN: define(golden(), AGAIN, "noop", ALL, {}),
}
"""`noop-again` is the first run of a stack that was killed and restarted."""
POINTS = (
    *((step, "started") for step in STEPS),
    ("transform", "computed"),
    ("export", "copied"),
    ("export", "committed"),
)
"""The points of each step at which faults can be injected, as the probe names them."""
