"""Renders the page of a crash result: scenarios as rows, and cells that open their evidence. No script."""

from pathlib import Path

from rich.text import Text

from harness.labs.crash.cells import Cell, cells, tally
from harness.labs.crash.matrix import LEGEND
from harness.labs.crash.words import sentence, short, told
from harness.report.notes import FROM_A_RESULT, notes_of
from harness.report.templates import code, filled
from harness.results.records import CrashRecord
from harness.results.result import Result

_LOG_LINES = 30
"""The number of log lines shown. The lines right after the fault come first."""


def render_crash_page(result: Result, *, site: str = "") -> str:
    """Return the page of a crash result as HTML: a pure function of the result and of this code.

    `site` is the relative path to the site that has the page, and is empty for a page on its own.
    """
    every = cells([result])
    titles = {each.title: (notes_of(each.system, FROM_A_RESULT), each.mode) for each in every}
    scenarios = {each.scenario: each.crash for each in every}
    by_place = {(each.scenario, each.title): each for each in every}
    return filled(
        Path(__file__).with_name("crash.html.j2"),
        environment=result.environment,
        site=site,
        jobs=result.environment.pinning.jobs,
        patience_s=result.plan.patience_s,
        legend=code(LEGEND),
        systems=[(title, notes, mode, *tally(every, title)) for title, (notes, mode) in titles.items()],
        rows=[
            (name, code(told(crash)), [_shown(by_place[name, title]) for title in titles])
            for name, crash in scenarios.items()
        ],
    )


def _shown(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    """Return a cell's verdict and its evidence: sentences, and the stack's log if the outcome was not expected."""
    if cell.not_tried:
        return short(cell), [(f"Not applicable: {cell.not_tried.reason}", "")]
    return short(cell), [
        (sentence(crash, record), "" if record.finding == crash.wanted else _log(record))
        for record, crash in cell.judged
    ]


def _log(record: CrashRecord) -> str:
    return "\n".join(Text.from_ansi(line).plain for line in record.log[:_LOG_LINES])
