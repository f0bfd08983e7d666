"""The results in this repository are valid, and any change in them is found."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.audit import audit
from harness.labs.report_files import stale_files
from harness.paths import REPOSITORY
from harness.report.machine_readable import TRIALS
from harness.report.markdown import PAGE
from harness.results.records import RECORDS
from harness.results.result import read_result

RESULTS = sorted(path.parent for path in (REPOSITORY / "results").glob(f"*/{RECORDS}"))
README = (REPOSITORY / "README.md").read_text()
PUBLISHED = REPOSITORY / "results" / re.findall(r"\(results/([^/]+)/table\.md\)", README)[0]
"""The result whose generated files are committed and must match this code."""


@pytest.mark.parametrize("folder", RESULTS, ids=lambda folder: folder.name)
def test_it_passes_the_audit(folder: Path) -> None:
    assert audit(read_result(folder)) == []


def test_the_files_of_the_published_one_match_its_records() -> None:
    assert PUBLISHED in RESULTS
    # Readers of its page have files here that git ignores, and that earlier code may have made.
    assert {*stale_files(read_result(PUBLISHED))} <= {PAGE, TRIALS}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the newest. The check for changed bytes is the same for all."""
    return Path(shutil.copytree(RESULTS[-1], tmp_path / "copy"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_any_changed_byte_is_found_and_its_record_named(copy: Path, place: float, change: int) -> None:
    path = copy / RECORDS
    whole = path.read_bytes()
    index = int(place * len(whole))
    line = whole[:index].count(b"\n") + 1
    try:
        path.write_bytes(whole[:index] + bytes([whole[index] ^ change]) + whole[index + 1 :])
        faults = audit(read_result(copy))
    finally:
        path.write_bytes(whole)
    named = {int(found[1]) for fault in faults if (found := re.search(r"line (\d+)", fault.where))}
    # An end of line belongs to the records on both of its sides.
    assert named & {line, line + 1}
