"""Renders the page of a crash lap: the matrix with scenarios as rows, where a cell opens what was seen. No script."""

from rich.text import Text

from harness.report.crash_cells import Cell, cells, tally
from harness.report.crash_matrix import LEGEND
from harness.report.crash_words import sentence, told
from harness.report.figures import day
from harness.report.notes import FROM_A_RESULT, notes_of
from harness.report.page.templates import code, style, templates
from harness.results.records import CrashRecord
from harness.results.result import Result

_LOG_LINES = 30
"""So many lines of a stack's log are shown: those right after the fault come first."""


def render_crash_page(result: Result, *, site: str = "") -> str:
    """Return the page of a crash lap as HTML: a pure function of the result and of this code.

    `site` leads to the site that the page is a part of, and is empty for a page that stands alone.
    """
    every = cells([result])
    titles = {each.title: (notes_of(each.system, FROM_A_RESULT), each.mode) for each in every}
    scenarios = {each.scenario: each.crash for each in every}
    by_place = {(each.scenario, each.title): each for each in every}
    return (
        templates()
        .get_template("crash.html.j2")
        .render(
            environment=result.environment,
            site=site,
            measured=day(result.environment.started_s),
            jobs=result.environment.pinning.jobs,
            patience_s=result.plan.patience_s,
            legend=LEGEND,
            systems=[(title, notes, mode, *tally(every, title)) for title, (notes, mode) in titles.items()],
            rows=[
                (name, code(told(crash)), [_shown(by_place[name, title]) for title in titles])
                for name, crash in scenarios.items()
            ],
            style=style(),
        )
    )


def _shown(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    """Return a cell's verdict, and what is behind it: sentences, and what the stack wrote where it is not as wanted."""
    if cell.not_tried:
        return cell.words, [(f"not tried: {cell.not_tried.reason}", "")]
    return cell.words, [
        (sentence(crash, record), "" if record.finding == crash.wanted else _log(record))
        for record, crash in cell.judged
    ]


def _log(record: CrashRecord) -> str:
    return "\n".join(Text.from_ansi(line).plain for line in record.log[:_LOG_LINES])
