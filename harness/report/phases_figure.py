"""The figure of the headline: where the time of a run goes, work first and in grey, one bar a system."""

from collections.abc import Sequence
from typing import Any

from harness.report.column import Column
from harness.report.figures import short
from harness.report.headline import headline
from harness.report.measures import MEASURES
from harness.report.ranking import label

FIGURES = ("phases-light.svg", "phases-dark.svg")
PHASES = ("work", "trigger", "queue", "hops", "finish")
COLOURS = ("#9a9a9a", "#009e73", "#e69f00", "#0072b2", "#cc79a7")
"""Work in grey; the others of Okabe and Ito's palette, which colour-blind people tell apart."""
_INK = {"light": "#1f2328", "dark": "#e6edf3"}
_WIDTH, _BAR = 560, 26


def spans(everyone: Sequence[Column]) -> list[dict[str, Any]]:
    """Return each system's phases in seconds, best first; what is under 0 (a start before the answer) counts as 0."""
    return [
        {"system": label(line.column, everyone), "phase": phase, "place": place, "seconds": round(max(0.0, typical), 4)}
        for line in headline(everyone)
        for place, phase in enumerate(PHASES)
        if (typical := MEASURES[f"etl_{phase}_s"].sample(line.column).typical) is not None
    ]


def described(everyone: Sequence[Column]) -> str:
    """Return the figure in words, for who cannot see it."""
    totals = [
        f"{label(line.column, everyone)} {short(typical, 's')}"
        for line in headline(everyone)
        if (typical := MEASURES["etl_total_s"].sample(line.column).typical) is not None
    ]
    return f"Where the time of a run of etl goes, by phase. Totals: {', '.join(totals) or 'none'}."


def phases_chart(everyone: Sequence[Column], ink: str) -> Any:
    """Return the figure as an altair chart, its words in the colour `ink`."""
    import altair as alt

    bars = spans(everyone)
    order = list(dict.fromkeys(bar["system"] for bar in bars))
    chart = (
        alt.Chart(alt.Data(values=bars))  # type: ignore[no-untyped-call]
        .mark_bar(height=_BAR - 8)
        .encode(
            x=alt.X("sum(seconds):Q", title="seconds of a run of etl", stack="zero"),
            y=alt.Y("system:N", title=None, sort=order),
            color=alt.Color(
                "phase:N", sort=list(PHASES), scale=alt.Scale(domain=list(PHASES), range=list(COLOURS)), title=None
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("system:N"),
                alt.Tooltip("phase:N"),
                alt.Tooltip("seconds:Q", format=".2f"),
            ],
        )
        # Room to the left: where the figure is shown, the names may be set in a wider font than here.
        .properties(
            width=_WIDTH, height=_BAR * max(1, len(order)), padding={"left": 40, "right": 5, "top": 5, "bottom": 5}
        )
    )
    return styled(chart, ink, {"grid": False}, {"labelFontSize": 12})


def styled(chart: Any, ink: str, axis: dict[str, Any], legend: dict[str, Any]) -> Any:
    """Return an altair chart in the style of all: no background, words in `ink`; `axis` and `legend` add to theirs."""
    return (
        chart.configure(background="transparent", font="sans-serif")
        .configure_axis(labelColor=ink, titleColor=ink, labelLimit=260, domainColor=ink, tickColor=ink, **axis)
        .configure_legend(labelColor=ink, orient="top", **legend)
        .configure_view(stroke=None)
    )


def phases_svg(everyone: Sequence[Column]) -> dict[str, str]:
    """Return the figure as SVG by file name, for light and for dark pages."""
    import vl_convert

    return {
        name: vl_convert.vegalite_to_svg(phases_chart(everyone, ink).to_dict())
        for name, ink in zip(FIGURES, _INK.values(), strict=True)
    }
