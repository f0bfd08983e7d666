"""The notes on a pipeline: a system's name links to them from every file, whatever this checkout contains."""

import re
from pathlib import Path

import pytest
from samples import crash, crashed, once, result, trial

from harness.labs.crash.matrix import render_crashes
from harness.labs.crash.page import render_crash_page
from harness.orchestrators.manifest import NOTES
from harness.paths import PIPELINES, REPOSITORY
from harness.publish.first_screen import render_headline
from harness.publish.index import render_index
from harness.report.lineup import lineup_of
from harness.report.markdown import render_tables
from harness.report.page.render import render_page

HERE, ELSEWHERE = "plain", "no-folder"
"""The second has no folder in this checkout, because a report depends only on its result."""
SHOWN = result(HERE, ELSEWHERE, records=[*once(HERE), *once(ELSEWHERE), trial(HERE), trial(ELSEWHERE)])
CRASHED = crashed(HERE, ELSEWHERE, records=[crash(HERE), crash(ELSEWHERE)])


@pytest.mark.parametrize(
    ("content", "lies_in"),
    [
        (render_headline(lineup_of(SHOWN), link="results/x/"), REPOSITORY),
        (render_tables(lineup_of(SHOWN)), REPOSITORY / "results/x"),
        (render_page(lineup_of(SHOWN)), REPOSITORY / "results/x"),
        (render_index([SHOWN], lambda _: ""), REPOSITORY / "results"),
        (render_crashes([CRASHED]), REPOSITORY / "results/x"),
        (render_crashes([CRASHED], "../"), REPOSITORY / "results"),
        (render_crash_page(CRASHED), REPOSITORY / "results/x"),
    ],
    ids=["README.md", "table.md", "index.html", "results/README.md", "crash.md", "results/crash.md", "crash page"],
)
def test_a_name_links_to_the_notes_from_the_files_place(content: str, lies_in: Path) -> None:
    links = set(re.findall(rf'[("]([^("]*/{NOTES})[)"]', content))
    notes = {PIPELINES / each / NOTES for each in (HERE, ELSEWHERE)}
    assert {Path(lies_in / link).resolve() for link in links} == notes
