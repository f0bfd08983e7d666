"""Publishing: only a complete, sound result of standard length reaches the READMEs."""

from pathlib import Path

import pytest
from benchmarks import Odd, edit_records, write_benchmark

from harness.audit import NotSound
from harness.report.publish import NotPublishable, publish
from harness.results.result import read_result

EMPTY = "<!-- START results -->\n<!-- END results -->\n"


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    path = tmp_path / "README.md"
    path.write_text(EMPTY)
    return path


def test_a_complete_result_is_published_with_links_into_its_folder(tmp_path: Path, readme: Path) -> None:
    write_benchmark(tmp_path / "whole", laps=4)
    publish(read_result(tmp_path / "whole"), [readme])
    assert "[defaults](whole/settings.md#tool-defaults)" in readme.read_text()
    assert (tmp_path / "whole" / "table.md").exists()


def test_an_orchestrator_that_failed_once_is_published_with_its_failure(tmp_path: Path, readme: Path) -> None:
    write_benchmark(tmp_path / "odd", laps=4, odd=Odd(failed=("lap2-tool-defaults",)))
    publish(read_result(tmp_path / "odd"), [readme])
    assert "its container ended during a trial" in readme.read_text()


def fail_everything(records: list[dict]) -> None:
    """Leave the tool without any trial: every one of its rounds failed before it was ready."""
    for record in [each for each in records if each["orchestrator"] == "tool"]:
        if record["kind"] == "trial":
            records.remove(record)
        elif record["kind"] == "round":
            record.update(
                ready_s=None, first_success_s=None, idle_rss_bytes=None, idle_cpu_cores=None, failure="not ready in 9 s"
            )


@pytest.mark.parametrize(
    ("laps", "ended", "all_failed", "words"),
    [
        (4, False, False, "it is unfinished"),
        (1, True, False, "it has 1 laps, preset `standard` has 4"),
        (4, True, True, "no orchestrator has a valid trial"),
    ],
)
def test_what_is_not_fit_for_readers_is_refused(
    tmp_path: Path, readme: Path, laps: int, ended: bool, all_failed: bool, words: str
) -> None:
    write_benchmark(tmp_path / "unfit", laps=laps, ended=ended)
    if all_failed:
        edit_records(tmp_path / "unfit", fail_everything)
    with pytest.raises(NotPublishable, match=words):
        publish(read_result(tmp_path / "unfit"), [readme])
    assert readme.read_text() == EMPTY


def test_what_fails_the_audit_is_refused(tmp_path: Path, readme: Path) -> None:
    write_benchmark(tmp_path / "edited", laps=4)
    edit_records(tmp_path / "edited", lambda records: records[6].update(cpu_s=1e6))
    with pytest.raises(NotSound):
        publish(read_result(tmp_path / "edited"), [readme])
    assert readme.read_text() == EMPTY
