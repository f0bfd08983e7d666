"""The page's figures as vega-lite: the phases of a run, and every trial as a point."""

from collections.abc import Sequence
from typing import Any

from harness.report.column import Column
from harness.report.headline import headline
from harness.report.phases_figure import phases_chart, styled
from harness.report.ranking import label

TRIALS = "trials"
"""The data of the points, which the script fills with what is selected."""
_ROW = 44
_INK = "#777777"
"""Told apart from a light and from a dark page; the style puts the page's own colour in its place, for words."""


def phases_spec(everyone: Sequence[Column]) -> dict[str, Any]:
    """Return the figure of the phases; the script filters its bars by `system`."""
    return _as_wide_as_the_page(phases_chart(everyone, _INK))


def trials_spec(everyone: Sequence[Column]) -> dict[str, Any]:
    """Return the figure of the trials: a point each, by system, on a logarithmic axis."""
    import altair as alt

    order = [label(line.column, everyone) for line in headline(everyone)]
    shown = [
        "system:N",
        "scenario:N",
        "outcome:N",
        "lap:Q",
        "round:N",
        "trial:N",
        "cold:N",
        "total_s:Q",
        "work_s:Q",
        "queue_s:Q",
        "hops_s:Q",
        "finish_s:Q",
        "cpu_s:Q",
        "peak_rss_mb:Q",
        "record:N",
    ]
    chart = (
        alt.Chart(alt.NamedData(name=TRIALS))
        .mark_point(size=45, opacity=0.75, filled=True)
        .encode(
            x=alt.X(
                "total_s:Q",
                title="seconds of a run, logarithmic",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(labelSeparation=5),
            ),
            y=alt.Y("system:N", title=None, sort=order),
            yOffset=alt.YOffset("lap:O"),
            color=alt.Color(
                "cold:N",
                title=None,
                scale=alt.Scale(domain=["warm", "cold"], range=["#0072b2", "#e69f00"]),
            ),
            shape=alt.Shape(
                "cold:N", title=None, scale=alt.Scale(domain=["warm", "cold"], range=["circle", "diamond"])
            ),
            tooltip=[
                alt.Tooltip(field, format=".3f") if field.endswith("_s:Q") else alt.Tooltip(field) for field in shown
            ],
        )
        .properties(height=_ROW * max(1, len(order)))
    )
    return _as_wide_as_the_page(styled(chart, _INK, {"gridOpacity": 0.25}, {}))


def _as_wide_as_the_page(chart: Any) -> dict[str, Any]:
    return {**chart.to_dict(), "width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
