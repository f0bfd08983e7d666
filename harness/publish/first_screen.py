"""The first screen of the README: one row per tool, what it shows, and what happens when something fails."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from harness.publish.failures import render_failures
from harness.report.format import counted, unbroken
from harness.report.headline import HEADLINE, under_each
from harness.report.lineup import Lineup, Tool
from harness.report.markdown import MATRIX
from harness.report.measures import OVERHEAD, Measure
from harness.report.notes import linked
from harness.report.overhead_figure import FIGURES, described
from harness.report.parts import joined_note
from harness.report.sentences import asides, sentences
from harness.report.settings import SETTINGS
from harness.report.templates import filled, table
from harness.results.result import Result

_TEMPLATE = Path(__file__).with_name("first_screen.md.j2")
_DAGGER = "†"


def render_headline(lineup: Lineup, badge: str = "", link: str = "", laps: Sequence[Result] = ()) -> str:
    """Return the first screen as markdown, for the repository's root. `link` leads from there to the result.

    `laps` are the results of failure tests, whose verdicts are joined.
    """
    shown, environment = lineup.ranked_tools, lineup.result.environment
    light, dark = FIGURES
    daggers = [f"{_DAGGER} Not every trial was valid."] if any(map(_dagger, shown)) else []
    return filled(
        _TEMPLATE,
        badge=badge,
        link=link,
        environment=environment,
        repetitions=counted(environment.laps, "repetition"),
        pair=lineup.pair,
        settings=SETTINGS,
        table=_table(shown),
        asides=[*daggers, *asides(lineup)],
        failures="\n".join(render_failures(laps, [tool.system.name for tool in shown])),
        sentences=sentences(lineup),
        described=described(lineup),
        light=light,
        dark=dark,
        matrix=MATRIX,
        joined=joined_note(lineup.result),
    )


def _table(shown: Sequence[Tool]) -> str:
    """Return a row per tool, under a bold row for each mode if there are several."""
    rows = []
    for mode, own in groupby(shown, key=lambda tool: tool.last.group):
        if mode:
            rows.append([f"**{mode.capitalize()}**", *[""] * len(HEADLINE)])
        for tool in own:
            profile = f" ({tool.odd_profile})" if tool.odd_profile else ""
            name = f"{linked(tool.system.title, tool.system.name, '')}{profile}{_dagger(tool)}"
            rows.append([*map(unbroken, (name, *(_cell(tool, measure) for measure in HEADLINE)))])
    return table(["Tool", *HEADLINE.values()], rows, "--:")


def _cell(tool: Tool, measure: Measure) -> str:
    words = under_each(tool.rows, measure)
    gain = tool.gain(measure) if measure is OVERHEAD else None
    if gain and gain.separable and gain.value > 1:
        *before, after = words.split()
        return " ".join([*before, f"**{after}**"])
    return words


def _dagger(tool: Tool) -> str:
    return f" {_DAGGER}" if any(row.troubles for row in tool.measured) else ""
