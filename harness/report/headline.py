"""The headline: the numbers that readers ask for first, with what tuning changes about them."""

from collections.abc import Sequence

from harness.report.format import NOTHING, digits
from harness.report.measures import MEASURES, Measure
from harness.report.row import Row

HEADLINE = {
    MEASURES["etl_overhead_s"]: "Overhead per run, s",
    MEASURES["noop_total_s"]: "No-op run, s",
    MEASURES["retry_extra_s"]: "Extra delay per retry, s",
    MEASURES["idle_rss_mb"]: "Idle memory, MB",
    MEASURES["ready_s"]: "Startup, s",
}
"""The measures of the headline, with their headings."""


def under_each(rows: Sequence[Row | None], measure: Measure) -> str:
    """Show a measure under each profile, such as `4.7 → 2.4`."""
    values = [None if row is None else measure.typical(row) for row in rows]
    return " → ".join(NOTHING if value is None else digits(value, measure.unit) for value in values)
