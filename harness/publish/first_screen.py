"""The first screen, for README: one row per tool, a few lines on what they show, and what happens on failures."""

from collections.abc import Sequence
from itertools import groupby

from harness.labs.crash.cells import cells
from harness.publish.failures import after_crashes, render_failures
from harness.report.column import Column, columns
from harness.report.escape import escaped
from harness.report.format import NOTHING, counted, day, digits, unbroken
from harness.report.headline import ORDER, troubles
from harness.report.markdown import MATRIX, TABLE
from harness.report.measures import MEASURES, Measure
from harness.report.notes import linked
from harness.report.overhead_figure import FIGURES, described
from harness.report.pairs import Tool, pair, ranked_tools
from harness.report.parts import joined_note
from harness.report.ranking import group
from harness.report.sentences import asides, sentences
from harness.report.settings import SETTINGS
from harness.results.result import Result
from harness.statistics.ratios import paired

SHOWN = {
    "etl_overhead_s": "Overhead per run, s",
    "noop_total_s": "No-op run, s",
    "retry_extra_s": "Extra delay per retry, s",
    "idle_rss_mb": "Idle memory, MB",
    "ready_s": "Startup, s",
}
"""The measures of the first screen, with their headings."""
_DAGGER = "†"


def render_headline(result: Result, badge: str = "", link: str = "", laps: Sequence[Result] = ()) -> str:
    """Return the first screen as markdown, for the repository's own folder, from where `link` leads to the result's.

    `laps` are the results of the crash lab, whose verdicts are joined.
    """
    everyone = columns(result)
    shown = ranked_tools(everyone, ORDER.sample)
    light, dark = FIGURES
    failed = render_failures(laps, [tool.system.name for tool in shown])
    matrix = f" · [failures by tool](docs/failures.md) · [all failure scenarios]({MATRIX})" if failed else ""
    parts = [
        *([f"> {badge}", ""] if badge else []),
        _introduction(result, everyone, link),
        "",
        *_table(shown, everyone),
        "",
        escaped(" ".join([*_daggers(shown), *asides(everyone)])),
        "",
    ]
    if failed:
        parts += ["**What happens when something fails**", "", *failed, "", escaped(after_crashes(cells(laps))), ""]
    parts += [
        *(f"- {escaped(sentence)}" for sentence in sentences(everyone)),
        "",
        "<picture>",
        f'  <source media="(prefers-color-scheme: dark)" srcset="{link}{dark}">',
        f'  <img alt="{escaped(described(everyone))}" src="{link}{light}">',
        "</picture>",
        "",
    ]
    parts.append(
        f"[All numbers]({link}{TABLE}) · [what you can conclude](docs/results.md) · "
        f"[how we measure](docs/method/measurement.md){matrix} · "
        f"to sort and compare: `orchbench open {link.rstrip('/')}`"
    )
    if result.parts:
        parts += ["", escaped(joined_note(result))]
    return "\n".join(parts)


def _introduction(result: Result, everyone: Sequence[Column], link: str) -> str:
    environment, machine = result.environment, result.environment.machine
    at_once = "one run at a time, " if environment.pinning.jobs == 1 else ""
    profiles = " → ".join(pair(everyone))
    return (
        f"Measured on {day(environment.started_s)}: {machine.cpus} CPUs ({escaped(machine.cpu_model)}), "
        f"{escaped(environment.isolation.summary)}, {at_once}{counted(environment.laps, 'repetition')}. "
        f"Each cell: [**{profiles}**]({link}{SETTINGS}). Lower is better. Bold: overhead is significantly lower."
    )


def _table(shown: Sequence[Tool], everyone: Sequence[Column]) -> list[str]:
    """Return a row per tool, under a bold row for each mode if there are several."""
    lines = [f"| Tool | {' | '.join(SHOWN.values())} |", f"| :-- |{' --: |' * len(SHOWN)}"]
    for mode, own in groupby(shown, key=lambda tool: group(tool.last, everyone)):
        if mode:
            lines.append(f"| **{mode.capitalize()}** |{' |' * len(SHOWN)}")
        for tool in own:
            cells_of_it = (_cell(tool, MEASURES[key]) for key in SHOWN)
            lines.append(f"| {_name(tool, everyone)} | {' | '.join(cells_of_it)} |")
    return lines


def _name(tool: Tool, everyone: Sequence[Column]) -> str:
    """Link a tool's name to its notes. The profile is named if it is the only one, and not the one that all have."""
    name = linked(tool.system.title, tool.system.name, "")
    only = tool.columns[0]
    odd = len(tool.columns) == 1 and only is not None and only.profile not in pair(everyone)[:1]
    return unbroken(f"{name}{f' ({only.profile})' if odd and only else ''}{_dagger(tool)}")


def _cell(tool: Tool, measure: Measure) -> str:
    """Show a measure under each profile; what the second one surely lowers is bold, for the measure that ranks."""
    words = []
    for column in tool.columns:
        typical = None if column is None else measure.sample(column).typical
        words.append(NOTHING if typical is None else digits(typical, measure.unit))
    if measure is ORDER and len(tool.measured) > 1:
        times = paired(*(measure.sample(column) for column in tool.measured))
        if times is not None and times.separable and times.value > 1:
            words[-1] = f"**{words[-1]}**"
    return unbroken(" → ".join(words))


def _dagger(tool: Tool) -> str:
    return f" {_DAGGER}" if any(troubles(column) for column in tool.measured) else ""


def _daggers(shown: Sequence[Tool]) -> list[str]:
    return [f"{_DAGGER} Not every trial was valid."] if any(map(_dagger, shown)) else []
