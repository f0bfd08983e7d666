"""The page's figures as vega-lite. Their data have names, so that the script can show only the selected part."""

from typing import Any

from harness.report.lineup import Lineup
from harness.report.overhead_figure import PARTS, POINTS, dumbbells, parts, phase_bars, points, styled
from harness.report.page.share_chart import share_chart, share_data

TRIALS = "trials"
"""The name of the trials, which the script fills in."""
_ROW = 44
_FACTORS = 30
"""The space to the right for the factors, which the layout does not count."""
_INK = "#777777"
"""Readable on light and on dark pages. The style sheet replaces it for words."""


def figures(lineup: Lineup) -> dict[str, dict[str, Any]]:
    """Return the specification of each figure by the id of its element."""
    return {
        "dumbbells": {**_wide(dumbbells(lineup), {POINTS: points(lineup)}), "padding": {"right": _FACTORS}},
        "phases": _wide(phase_bars(lineup), {PARTS: parts(lineup)}),
        "share": _wide(share_chart(lineup), share_data(lineup)),
        TRIALS: _wide(_trials_chart(lineup), {TRIALS: []}),
    }


def _trials_chart(lineup: Lineup) -> Any:
    """Return a point per trial, by system, on a logarithmic axis."""
    import altair as alt

    words = ["system:N", "scenario:N", "outcome:N", "lap:Q", "round:N", "trial:N", "cold:N"]
    durations = [f"{name}_s:Q" for name in ("total", "work", "queue", "hops", "finish", "cpu")]

    def by_warmth(values: list[str]) -> dict[str, Any]:
        return {"title": None, "scale": alt.Scale(domain=["warm", "cold"], range=values)}

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
            y=alt.Y("system:N", title=None, sort=[row.label for row in lineup.ordered]),
            yOffset=alt.YOffset("lap:O"),
            color=alt.Color("cold:N", **by_warmth(["#0072b2", "#e69f00"])),
            shape=alt.Shape("cold:N", **by_warmth(["circle", "diamond"])),
            tooltip=[
                *words,
                *(alt.Tooltip(duration, format=".3f") for duration in durations),
                "peak_rss_mb:Q",
                "record:N",
            ],
        )
        .properties(height=_ROW * max(1, len(lineup.rows)))
    )


def _wide(chart: Any, datasets: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return a chart as wide as its place on the page."""
    fitted = {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
    return {**styled(chart, _INK).to_dict(), **fitted, "datasets": datasets}
