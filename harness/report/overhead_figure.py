"""The figure of the first screen: each tool's overhead under the pair of profiles, and its phases."""

from typing import Any

from harness.report.headline import under_each
from harness.report.lineup import Lineup, Tool
from harness.report.measures import MEASURES, OVERHEAD

FIGURES = ("overhead-light.svg", "overhead-dark.svg")
POINTS, PARTS = "points", "parts"
"""The names of the data, which a page replaces by the selected part."""
PHASES = [MEASURES[f"etl_{phase}_s"] for phase in ("trigger", "queue", "hops", "finish")]
COLOURS = ("#cc79a7", "#e69f00", "#0072b2", "#009e73")
"""From the palette of Okabe and Ito, which colour-blind people can distinguish."""
_DOT, _TICK = "#0072b2", "#d55e00"
_INK = {"light": "#1f2328", "dark": "#e6edf3"}
_WIDTH, _ROW, _FONT = 480, 24, 13
_MARGIN = 0.8
_LEAST_WHISKER = 0.2
"""The low end, as a share of its number, of an interval that a logarithmic axis cannot show whole."""


def points(lineup: Lineup) -> list[dict[str, Any]]:
    """Return each tool's overhead under each profile of the pair, with its interval. `i` is the row's index."""
    noop = MEASURES["noop_overhead_s"]
    found = []
    for tool in lineup.ranked_tools:
        gain = tool.gain(OVERHEAD)
        factor = f"÷ {gain.value:.1f}" if gain and gain.separable else ""
        for place, row in enumerate(tool.measured):
            sample = OVERHEAD.sample(row)
            if sample.typical is None or sample.typical <= 0:
                continue
            interval, last, noop_s = sample.interval, row is tool.last, noop.typical(row)
            low = max(interval.low, _LEAST_WHISKER * sample.typical) if interval else sample.typical
            found.append(
                {
                    "i": row.index,
                    "tool": _label(tool, lineup),
                    "profile": row.profile,
                    "place": place,
                    "last": last,
                    "value": _rounded(sample.typical),
                    "low": _rounded(low),
                    "high": _rounded(interval.high if interval else sample.typical),
                    "noop": _rounded(noop_s) if last and noop_s is not None and noop_s > 0 else None,
                    "factor": "" if last else factor,
                }
            )
    return found


def parts(lineup: Lineup) -> list[dict[str, Any]]:
    """Return the overhead of each tool's last profile by phase.

    The means of phases do not add up to the mean of the overhead, but their shares of it do.
    """
    found = []
    for tool in lineup.ranked_tools:
        overhead_s = OVERHEAD.typical(tool.last)
        # A run can start before its trigger is answered, which is not part of the overhead.
        own = [max(0.0, phase.typical(tool.last) or 0.0) for phase in PHASES]
        if overhead_s is None or not sum(own):
            continue
        about = {"i": tool.last.index, "tool": _label(tool, lineup)}
        found += [
            {**about, "phase": phase.title, "place": place, "seconds": _rounded(overhead_s * seconds / sum(own))}
            for place, (phase, seconds) in enumerate(zip(PHASES, own, strict=True))
        ]
    return found


def described(lineup: Lineup) -> str:
    """Return the figure in words, as its alternative text."""
    said = [f"{tool.system.title} {under_each(tool.rows, OVERHEAD)} s" for tool in lineup.ranked_tools]
    return f"Overhead per run of etl, {' → '.join(lineup.pair)}: {', '.join(said) or 'none'}."


def dots_explained(lineup: Lineup) -> list[str]:
    """Return the words above the first half."""
    first, *others = lineup.pair or ("",)
    dots = f"○ {first}  ● {others[0]}" if others else f"● {first}"
    marks = "Band: 95% interval. Orange line: overhead of a no-op run"
    return [f"Overhead per run in seconds, logarithmic: {dots}", marks]


def bars_explained(lineup: Lineup) -> str:
    """Return the words above the second half."""
    return f"Where that overhead goes ({(lineup.pair or ('',))[-1]}), in seconds"


def dumbbells(lineup: Lineup) -> Any:
    """Return the first half as an altair chart of `POINTS`: open dots for the first profile, full ones for the last."""
    import altair as alt

    row = alt.Chart(alt.NamedData(name=POINTS)).encode(
        y=_by_tool(lineup),
        tooltip=[alt.Tooltip("tool:N"), alt.Tooltip("profile:N")]
        + [alt.Tooltip(f"{field}:Q", format=".2f") for field in ("value", "low", "high")],
    )
    first, last = row.transform_filter("!datum.last"), row.transform_filter("datum.last")
    ends = [each[field] for each in points(lineup) for field in ("low", "high", "noop") if each[field] is not None]
    # The scale is the same for every selection, even an empty one.
    scale = alt.Scale(type="log", domain=[_MARGIN * min(ends, default=0.1), max(ends, default=1.0) / _MARGIN])

    def at(field: str) -> Any:
        return alt.X(f"{field}:Q", title=None, scale=scale, axis=alt.Axis(format="~g", labelSeparation=6))

    layers = (
        row.mark_rule(strokeWidth=8, opacity=0.25, color=_DOT).encode(x=at("low"), x2="high:Q"),
        row.mark_line(strokeWidth=2, color=_DOT).encode(x=at("value"), detail="tool:N", order="place:O"),
        first.mark_point(filled=False, size=70, strokeWidth=2, color=_DOT).encode(x=at("value")),
        last.mark_point(filled=True, size=80, opacity=1, color=_DOT).encode(x=at("value")),
        last.transform_filter("datum.noop").mark_tick(size=16, thickness=3, color=_TICK).encode(x=at("noop")),
        first.mark_text(align="left", dx=8, fontSize=_FONT).encode(x=at("high"), text="factor:N"),
    )
    return alt.layer(*layers).properties(height=_height(lineup))


def phase_bars(lineup: Lineup) -> Any:
    """Return the second half as an altair chart of `PARTS`: the phases of the overhead of the last profile."""
    import altair as alt

    titles = [phase.title for phase in PHASES]
    return (
        alt.Chart(alt.NamedData(name=PARTS))
        .mark_bar(height=_ROW - 10)
        .encode(
            x=alt.X("seconds:Q", title=None, stack="zero", axis=alt.Axis(grid=False)),
            y=_by_tool(lineup),
            color=alt.Color("phase:N", sort=titles, scale=alt.Scale(domain=titles, range=list(COLOURS)), title=None),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("tool:N"), alt.Tooltip("phase:N"), alt.Tooltip("seconds:Q", format=".2f")],
        )
        .properties(height=_height(lineup))
    )


def styled(chart: Any, ink: str) -> Any:
    """Return an altair chart in the common style, with words in `ink` and without a background.

    Its marks have no descriptions. Wherever the chart is shown, it has one as a whole.
    """
    axis = {**dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor"), ink), "gridOpacity": 0.25}
    return (
        chart.configure(background="transparent", font="sans-serif")
        .configure_mark(aria=False)
        .configure_axis(**axis, labelLimit=260, labelFontSize=_FONT, titleFontSize=_FONT)
        .configure_legend(labelColor=ink, orient="top", labelFontSize=_FONT, columnPadding=24)
        .configure_title(color=ink)
        .configure_text(color=ink)
        .configure_view(stroke=None)
    )


def overhead_svg(lineup: Lineup) -> dict[str, str]:
    """Return the figure as SVG by file name, for light and for dark pages."""
    import altair as alt
    import vl_convert

    def title(words: list[str]) -> Any:
        return alt.TitleParams(words, anchor="start", fontSize=_FONT, fontWeight="normal", offset=6)

    both = alt.vconcat(
        dumbbells(lineup).properties(width=_WIDTH, title=title(dots_explained(lineup))),
        phase_bars(lineup).properties(width=_WIDTH, title=title([bars_explained(lineup)])),
        # A reader's browser can use a wider font than the one that the names were measured in.
        padding={"left": 30, "right": 5, "top": 5, "bottom": 5},
    ).resolve_scale(color="independent")
    datasets = {POINTS: points(lineup), PARTS: parts(lineup)}
    return {
        name: vl_convert.vegalite_to_svg({**styled(both, ink).to_dict(), "datasets": datasets})
        for name, ink in zip(FIGURES, _INK.values(), strict=True)
    }


def _by_tool(lineup: Lineup) -> Any:
    import altair as alt

    return alt.Y("tool:N", title=None, sort=[_label(tool, lineup) for tool in lineup.ranked_tools])


def _height(lineup: Lineup) -> int:
    return _ROW * max(1, len(lineup.ranked_tools))


def _label(tool: Tool, lineup: Lineup) -> str:
    """Name a tool, with its mode if that is not the first one shown."""
    first = tool.system.mode in lineup.modes[:1]
    return tool.system.title if first else f"{tool.system.title} ({tool.system.mode})"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
