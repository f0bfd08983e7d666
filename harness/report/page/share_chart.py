"""When overhead matters: its share of a run, by the time in the run's own steps."""

from typing import Any

from harness.report.lineup import Lineup
from harness.report.measures import OVERHEAD

LINES, ENDS = "lines", "ends"
"""The names of the data: the lines, and the labels at their right ends."""
_SHORTEST_S, _LONGEST_S, _STEPS = 10.0, 4 * 3600.0, 24
_TICKS_S = (10, 30, 60, 300, 1800, 3600, 14_400)
_SHARES = (0.0001, 0.001, 0.01, 0.1, 1)
_LEAST_SHARE = 0.00003
_LIMITS = (0.01, 0.1)
_HEIGHT = 360
_LEAST_GAP = 1.5
"""The factor between two labels that do not overlap: 14 of 360 pixels, which show four and a half decades."""
_IN_WORDS = (
    "datum.value < 60 ? datum.value + ' s' : datum.value < 3600 ? datum.value / 60 + ' min' : datum.value / 3600 + ' h'"
)


def share_data(lineup: Lineup) -> dict[str, list[dict[str, Any]]]:
    """Return the lines point by point, and the places of their labels. `i` is the row's index.

    The overhead counts as constant. How it grows with the data between steps is unknown.
    """
    ratio = (_LONGEST_S / _SHORTEST_S) ** (1 / _STEPS)
    lengths_s = [_SHORTEST_S * ratio**step for step in range(_STEPS + 1)]
    lines, ends = [], []
    for tool in lineup.ranked_tools:
        for row in tool.measured:
            sample = OVERHEAD.sample(row)
            if sample.typical is None or sample.typical <= 0:
                continue
            reach, last = sample.interval, row is tool.last
            own = {"i": row.index, "tool": tool.system.title, "profile": row.profile, "last": last}
            for length_s in lengths_s:
                share = {"length_s": round(length_s, 1), "share": _share(sample.typical, length_s)}
                if reach and last:
                    share |= {"low": _share(max(0.0, reach.low), length_s), "high": _share(reach.high, length_s)}
                lines.append({**own, **share})
            if last:
                ends.append({**own, "share": _share(sample.typical, _LONGEST_S)})
    return {LINES: lines, ENDS: _spread(ends)}


def share_chart(lineup: Lineup) -> Any:
    """Return the figure as an altair chart of `LINES` and `ENDS`: dashed for the first profile, solid for the last."""
    import altair as alt

    titles = [tool.system.title for tool in lineup.ranked_tools]
    at = alt.X(
        "length_s:Q",
        title="time in the run's steps",
        scale=alt.Scale(type="log", domain=[_SHORTEST_S, _LONGEST_S], nice=False),
        axis=alt.Axis(values=list(_TICKS_S), labelExpr=_IN_WORDS, grid=False),
    )

    def share(field: str) -> Any:
        return alt.Y(
            f"{field}:Q",
            title="share of overhead",
            scale=alt.Scale(type="log", domain=[_LEAST_SHARE, _SHARES[-1]], clamp=True),
            axis=alt.Axis(values=list(_SHARES), format="~%"),
        )

    colour = alt.Color("tool:N", scale=alt.Scale(domain=titles, scheme="tableau10"), legend=None)
    lines = alt.Chart(alt.NamedData(name=LINES)).encode(x=at, color=colour)
    limits = alt.Chart(alt.Data(values=[{"share": limit} for limit in _LIMITS]))  # type: ignore[no-untyped-call]
    ends = alt.Chart(alt.NamedData(name=ENDS))
    detail = ["tool:N", "profile:N"]
    return alt.layer(
        lines.transform_filter("datum.last").mark_area(opacity=0.2).encode(y=share("low"), y2="high:Q"),
        limits.mark_rule(color="#777777", strokeDash=[2, 3]).encode(y=share("share")),
        lines.transform_filter("!datum.last").mark_line(strokeDash=[5, 4]).encode(y=share("share"), detail=detail),
        lines.transform_filter("datum.last").mark_line(strokeWidth=2.5).encode(y=share("share"), detail=detail),
        ends.mark_text(align="left", dx=6, fontSize=13).encode(
            x=alt.datum(_LONGEST_S), y=share("place"), text="tool:N", color=colour
        ),
    ).properties(height=_HEIGHT)


def _share(overhead_s: float, steps_s: float) -> float:
    return float(f"{overhead_s / (overhead_s + steps_s):.3g}")


def _spread(ends: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Place labels that would overlap one above the other."""
    placed: list[dict[str, Any]] = []
    for end in sorted(ends, key=lambda each: float(each["share"])):
        least = placed[-1]["place"] * _LEAST_GAP if placed else 0.0
        placed.append({**end, "place": max(float(end["share"]), least)})
    return placed
