"""The notes on a pipeline: a system's name leads to them from every file, where its folder has some."""

import re
from pathlib import Path

import pytest
from samples import crash, crashed, once, result, trial

from harness.orchestrators.manifest import NOTES
from harness.paths import PIPELINES, REPOSITORY
from harness.report.crash_matrix import render_crashes
from harness.report.first_screen import render_headline
from harness.report.index import render_index
from harness.report.markdown import render_tables
from harness.report.page.crash import render_crash_page
from harness.report.page.render import render_page

WITH, WITHOUT = "plain", "no-folder"
"""The second is a name that no folder can have."""
SHOWN = result(WITH, WITHOUT, records=[*once(WITH), *once(WITHOUT), trial(WITH), trial(WITHOUT)])
CRASHED = crashed(WITH, WITHOUT, records=[crash(WITH), crash(WITHOUT)])


@pytest.mark.parametrize(
    ("content", "lies_in"),
    [
        (render_headline(SHOWN, link="results/x/"), REPOSITORY),
        (render_tables(SHOWN), REPOSITORY / "results/x"),
        (render_page(SHOWN), REPOSITORY / "results/x"),
        (render_index([SHOWN]), REPOSITORY / "results"),
        (render_crashes([CRASHED]), REPOSITORY / "results/x"),
        (render_crashes([CRASHED], "../"), REPOSITORY / "results"),
        (render_crash_page(CRASHED), REPOSITORY / "results/x"),
    ],
    ids=["README.md", "table.md", "index.html", "results/README.md", "crash.md", "results/crash.md", "crash page"],
)
def test_a_name_leads_to_the_notes_from_where_the_file_lies(content: str, lies_in: Path) -> None:
    links = set(re.findall(rf'[("]([^("]*/{NOTES})[)"]', content))
    assert {Path(lies_in / link).resolve() for link in links} == {PIPELINES / WITH / NOTES}
