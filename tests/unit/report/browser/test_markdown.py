"""Tables as GitHub shows them: none is wider than a README's column of 846 px."""

import dataclasses
import itertools
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import BrowserContext
from samples import crash

from harness.labs.crash.matrix import render_crashes
from harness.labs.crash.scenarios import crashes
from harness.paths import REPOSITORY
from harness.publish.first_screen import render_headline
from harness.report.lineup import lineup_of
from harness.results.result import RecordLine, Result, read_result

WIDTH = 846
LIKE_GITHUB = """
body { margin: 0; }
.markdown-body { width: 846px; font: 16px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse; }
th, td { padding: 6px 13px; border: 1px solid #d1d9e0; } th { font-weight: 600; }
code { padding: 0.2em 0.4em; font: 85%/1.5 ui-monospace, "Liberation Mono", monospace; }
"""
"""The table rules of its stylesheet (github-markdown-css)."""
RESULT = re.findall(r"\((results/[^/]+)/table\.md\)", (REPOSITORY / "README.md").read_text())[0]
PUBLISHED = [REPOSITORY / name for name in ("README.md", "docs/results.md", f"{RESULT}/table.md", "results/crash.md")]


def too_wide(context: BrowserContext, markdown: str) -> list[str]:
    """Return the first row of each table that needs a scroll bar."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    page = context.new_page()
    page.set_content(f"<style>{LIKE_GITHUB}</style><div class='markdown-body'>{html}</div>")
    assert page.locator("table").count() > 0
    return page.evaluate(
        "[...document.querySelectorAll('table')].filter(t => t.scrollWidth > t.clientWidth)"
        ".map(t => t.rows[0].innerText)"
    )


def test_the_headline_and_every_table_fit(context: BrowserContext, site: Path) -> None:
    assert too_wide(context, render_headline(lineup_of(read_result(site)), link="results/one/")) == []
    assert too_wide(context, (site / "table.md").read_text()) == []


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_the_published_tables_fit(context: BrowserContext, path: Path) -> None:
    assert too_wide(context, path.read_text()) == []


def test_the_headline_fits_with_crash_results(context: BrowserContext) -> None:
    published = read_result(REPOSITORY / RESULT)
    markdown = render_headline(lineup_of(published), link="results/one/", laps=[all_crashed(published)])
    assert too_wide(context, markdown) == []


def test_the_matrix_fits_with_the_longest_verdicts(context: BrowserContext) -> None:
    published = read_result(REPOSITORY / RESULT)
    assert too_wide(context, render_crashes([all_crashed(published)])) == []


def all_crashed(published: Result) -> Result:
    """Return a crash lap of the published systems in every scenario, with the longest verdicts."""
    verdicts = itertools.cycle(["false success", "false failure", "false alarm", "stuck", "damaged"])
    records = [
        crash(system.name, scenario, finding=next(verdicts)).model_copy(update={"profile": profile})
        for system in published.environment.systems
        for profile in system.profiles
        for scenario in crashes()
    ]
    plan = dataclasses.replace(published.plan, crashes=crashes(), patience_s=120.0)
    lines = tuple(RecordLine(number, b"", record) for number, record in enumerate(records, start=1))
    return dataclasses.replace(published, plan=plan, lines=lines)
