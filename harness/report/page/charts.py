"""The page's figures as vega-lite. Each has its data under names, so that the script can keep what is selected."""

from collections.abc import Sequence
from typing import Any

from harness.report.column import Column
from harness.report.headline import headline
from harness.report.overhead_figure import PARTS, POINTS, dumbbells, parts, phase_bars, points, styled
from harness.report.page.share_chart import share_chart, share_data
from harness.report.ranking import label

TRIALS = "trials"
"""The data of the points, which the script fills with what is selected."""
_ROW = 44
_FACTORS = 30
"""Room to the right for the factors, which the layout does not count."""
_INK = "#777777"
"""Readable on a light and on a dark page. For words, the style replaces it by the page's own colour."""


def figures(everyone: Sequence[Column]) -> dict[str, dict[str, Any]]:
    """Return the specification of each figure by the id of its place on the page."""
    return {
        "dumbbells": {**_wide(dumbbells(everyone), {POINTS: points(everyone)}), "padding": {"right": _FACTORS}},
        "phases": _wide(phase_bars(everyone), {PARTS: parts(everyone)}),
        "share": _wide(share_chart(everyone), share_data(everyone)),
        TRIALS: _wide(trials_chart(everyone), {TRIALS: []}),
    }


def trials_chart(everyone: Sequence[Column]) -> Any:
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
    return (
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


def _wide(chart: Any, datasets: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return a chart as wide as its place on the page."""
    fitted = {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
    return {**styled(chart, _INK).to_dict(), **fitted, "datasets": datasets}
