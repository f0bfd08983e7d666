"""The first screen of the README: one row per tool, what it shows, and what happens when something fails."""

from collections.abc import Sequence
from itertools import groupby

from harness.labs.crash.cells import cells
from harness.publish.failures import after_crashes, render_failures
from harness.report.escape import escaped
from harness.report.format import counted, day, unbroken
from harness.report.headline import HEADLINE, under_each
from harness.report.lineup import Lineup, Tool
from harness.report.markdown import MATRIX, TABLE
from harness.report.measures import OVERHEAD, Measure
from harness.report.notes import linked
from harness.report.overhead_figure import FIGURES, described
from harness.report.parts import joined_note
from harness.report.sentences import asides, sentences
from harness.report.settings import SETTINGS
from harness.report.template import table
from harness.results.result import Result

_DAGGER = "†"


def render_headline(lineup: Lineup, badge: str = "", link: str = "", laps: Sequence[Result] = ()) -> str:
    """Return the first screen as markdown, for the repository's root. `link` leads from there to the result.

    `laps` are the results of failure tests, whose verdicts are joined.
    """
    light, dark = FIGURES
    shown = lineup.ranked_tools
    failed = render_failures(laps, [tool.system.name for tool in shown])
    matrix = f" · [failures by tool](docs/failures.md) · [all failure scenarios]({MATRIX})" if failed else ""
    daggers = [f"{_DAGGER} Not every trial was valid."] if any(map(_dagger, shown)) else []
    parts = [
        *([f"> {badge}", ""] if badge else []),
        _introduction(lineup, link),
        "",
        _table(shown),
        "",
        escaped(" ".join([*daggers, *asides(lineup)])),
        "",
    ]
    if failed:
        parts += ["**What happens when something fails**", "", *failed, "", escaped(after_crashes(cells(laps))), ""]
    parts += [
        *(f"- {escaped(sentence)}" for sentence in sentences(lineup)),
        "",
        "<picture>",
        f'  <source media="(prefers-color-scheme: dark)" srcset="{link}{dark}">',
        f'  <img alt="{escaped(described(lineup))}" src="{link}{light}">',
        "</picture>",
        "",
        f"[All numbers]({link}{TABLE}) · [what you can conclude](docs/results.md) · "
        f"[how we measure](docs/method/measurement.md){matrix} · "
        f"to sort and compare: `orchbench open {link.rstrip('/')}`",
    ]
    if note := joined_note(lineup.result):
        parts += ["", escaped(note)]
    return "\n".join(parts)


def _introduction(lineup: Lineup, link: str) -> str:
    environment, machine = lineup.result.environment, lineup.result.environment.machine
    at_once = "one run at a time, " if environment.pinning.jobs == 1 else ""
    return (
        f"Measured on {day(environment.started_s)}: {machine.cpus} CPUs ({escaped(machine.cpu_model)}), "
        f"{escaped(environment.isolation.summary)}, {at_once}{counted(environment.laps, 'repetition')}. "
        f"Each cell: [**{' → '.join(lineup.pair)}**]({link}{SETTINGS}). "
        "Lower is better. Bold: overhead is significantly lower."
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
