"""The figure of the first screen: each tool's overhead under the pair of profiles, and where it goes."""

from collections.abc import Sequence
from typing import Any

from harness.report.column import Column
from harness.report.format import NOTHING, digits
from harness.report.headline import ORDER
from harness.report.measures import MEASURES
from harness.report.pairs import Tool, gains, pair, ranked_tools
from harness.report.ranking import modes_of

FIGURES = ("overhead-light.svg", "overhead-dark.svg")
POINTS, PARTS = "points", "parts"
"""The names of the data, which a page fills with what is selected."""
PHASES = ("trigger", "queue", "hops", "finish")
COLOURS = ("#cc79a7", "#e69f00", "#0072b2", "#009e73")
"""Of Okabe and Ito's palette, which colour-blind people tell apart."""
_DOT, _TICK = "#0072b2", "#d55e00"
_INK = {"light": "#1f2328", "dark": "#e6edf3"}
_WIDTH, _ROW, _FONT = 480, 24, 13
_MARGIN = 0.8
_LEAST_WHISKER = 0.2
"""An interval that reaches to zero and below ends at this share of its number on a logarithmic axis."""


def points(everyone: Sequence[Column]) -> list[dict[str, Any]]:
    """Return each tool's overhead under each profile of the pair, with its interval; `i` is the column's index."""
    factors = {tuned: f"÷ {times.value:.1f}" for tuned, times in gains(everyone, ORDER.sample) if times.separable}
    found = []
    for tool in _shown(everyone):
        for place, column in enumerate(tool.measured):
            sample = ORDER.sample(column)
            if sample.typical is None or sample.typical <= 0:
                continue
            interval = sample.interval
            last = column is tool.last
            noop = MEASURES["noop_overhead_s"].sample(column).typical
            found.append(
                {
                    "i": everyone.index(column),
                    "tool": _label(tool, everyone),
                    "profile": column.profile,
                    "place": place,
                    "last": last,
                    "value": _rounded(sample.typical),
                    "low": _rounded(max(interval.low, _LEAST_WHISKER * sample.typical) if interval else sample.typical),
                    "high": _rounded(interval.high if interval else sample.typical),
                    "noop": _rounded(noop) if last and noop is not None and noop > 0 else None,
                    "factor": "" if last else factors.get(tool.last, ""),
                }
            )
    return found


def parts(everyone: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the overhead of each tool's last profile, phase by phase.

    The means of phases do not add up to the mean of the overhead. Their shares of it do.
    """
    found = []
    for tool in _shown(everyone):
        column, overhead_s = tool.last, ORDER.sample(tool.last).typical
        # A run can start before its trigger is answered: that is no part of the overhead.
        own = [max(0.0, MEASURES[f"etl_{phase}_s"].sample(column).typical or 0.0) for phase in PHASES]
        if overhead_s is None or not sum(own):
            continue
        for place, (phase, seconds) in enumerate(zip(PHASES, own, strict=True)):
            found.append(
                {
                    "i": everyone.index(column),
                    "tool": _label(tool, everyone),
                    "phase": MEASURES[f"etl_{phase}_s"].title,
                    "place": place,
                    "seconds": _rounded(overhead_s * seconds / sum(own)),
                }
            )
    return found


def described(everyone: Sequence[Column]) -> str:
    """Return the figure in words, for who cannot see it."""
    told = []
    for tool in _shown(everyone):
        values = [None if column is None else ORDER.sample(column).typical for column in tool.columns]
        numbers = " → ".join(NOTHING if value is None else digits(value, "s") for value in values)
        told.append(f"{tool.system.title} {numbers} s")
    return f"Overhead per run of etl, {' → '.join(pair(everyone))}: {', '.join(told) or 'none'}."


def dots_explained(everyone: Sequence[Column]) -> list[str]:
    """Return the words over the first half."""
    first, *others = pair(everyone) or ("",)
    dots = f"○ {first}  ● {others[0]}" if others else f"● {first}"
    marks = "Band: 95% interval. Orange line: overhead of a no-op run"
    return [f"Overhead per run in seconds, logarithmic: {dots}", marks]


def bars_explained(everyone: Sequence[Column]) -> str:
    """Return the words over the second half."""
    return f"Where that overhead goes ({(pair(everyone) or ('',))[-1]}), in seconds"


def dumbbells(everyone: Sequence[Column]) -> Any:
    """Return the first half as an altair chart of `POINTS`: open dots for the first profile, full ones for the last."""
    import altair as alt

    order = [_label(tool, everyone) for tool in _shown(everyone)]
    row = alt.Chart(alt.NamedData(name=POINTS)).encode(
        y=alt.Y("tool:N", title=None, sort=order),
        tooltip=[alt.Tooltip("tool:N"), alt.Tooltip("profile:N")]
        + [alt.Tooltip(f"{field}:Q", format=".2f") for field in ("value", "low", "high")],
    )
    first, last = row.transform_filter("!datum.last"), row.transform_filter("datum.last")

    ends = [each[field] for each in points(everyone) for field in ("low", "high", "noop") if each[field] is not None]
    # The same for every selection, none included.
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
    return alt.layer(*layers).properties(height=_ROW * max(1, len(order)))


def phase_bars(everyone: Sequence[Column]) -> Any:
    """Return the second half as an altair chart of `PARTS`: which phases the overhead of the last profile is of."""
    import altair as alt

    order = [_label(tool, everyone) for tool in _shown(everyone)]
    titles = [MEASURES[f"etl_{phase}_s"].title for phase in PHASES]
    return (
        alt.Chart(alt.NamedData(name=PARTS))
        .mark_bar(height=_ROW - 10)
        .encode(
            x=alt.X("seconds:Q", title=None, stack="zero", axis=alt.Axis(grid=False)),
            y=alt.Y("tool:N", title=None, sort=order),
            color=alt.Color("phase:N", sort=titles, scale=alt.Scale(domain=titles, range=list(COLOURS)), title=None),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("tool:N"), alt.Tooltip("phase:N"), alt.Tooltip("seconds:Q", format=".2f")],
        )
        .properties(height=_ROW * max(1, len(order)))
    )


def styled(chart: Any, ink: str) -> Any:
    """Return an altair chart in the style of all: no background, and words in `ink`.

    Its marks are not described one by one: where it is shown, it has a description as a whole.
    """
    return (
        chart.configure(background="transparent", font="sans-serif")
        .configure_mark(aria=False)
        .configure_axis(
            labelColor=ink,
            titleColor=ink,
            domainColor=ink,
            tickColor=ink,
            gridOpacity=0.25,
            labelLimit=260,
            labelFontSize=_FONT,
            titleFontSize=_FONT,
        )
        .configure_legend(labelColor=ink, orient="top", labelFontSize=_FONT, columnPadding=24)
        .configure_title(color=ink)
        .configure_text(color=ink)
        .configure_view(stroke=None)
    )


def overhead_svg(everyone: Sequence[Column]) -> dict[str, str]:
    """Return the figure as SVG by file name, for light and for dark pages."""
    import altair as alt
    import vl_convert

    both = alt.vconcat(
        dumbbells(everyone).properties(width=_WIDTH, title=_title(dots_explained(everyone))),
        phase_bars(everyone).properties(width=_WIDTH, title=_title([bars_explained(everyone)])),
        # A reader's browser may set the names in a wider font than the one they were measured in.
        padding={"left": 30, "right": 5, "top": 5, "bottom": 5},
    ).resolve_scale(color="independent")
    datasets = {POINTS: points(everyone), PARTS: parts(everyone)}
    return {
        name: vl_convert.vegalite_to_svg({**styled(both, ink).to_dict(), "datasets": datasets})
        for name, ink in zip(FIGURES, _INK.values(), strict=True)
    }


def _shown(everyone: Sequence[Column]) -> list[Tool]:
    return ranked_tools(everyone, ORDER.sample)


def _label(tool: Tool, everyone: Sequence[Column]) -> str:
    """Name a tool, with its mode if that is not the first one shown."""
    first = tool.system.mode in modes_of(everyone)[:1]
    return tool.system.title if first else f"{tool.system.title} ({tool.system.mode})"


def _title(words: list[str]) -> Any:
    import altair as alt

    return alt.TitleParams(words, anchor="start", fontSize=_FONT, fontWeight="normal", offset=6)


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
