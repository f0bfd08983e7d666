"""Publishing: only a complete, valid result of standard length reaches the READMEs."""

import re
from pathlib import Path

import pytest
from benchmarks import Odd, edit_environment, edit_records, write_benchmark, write_crash_lap

from harness.audit import AuditFailed
from harness.publish.publish import NotPublishable, publish
from harness.results.result import read_result


def test_a_complete_result_is_published_with_links_into_its_folder(root: Path) -> None:
    write_benchmark(root / "results" / "whole", laps=4)
    publish(read_result(root / "results" / "whole"), root)
    assert "[All numbers](results/whole/table.md)" in (root / "README.md").read_text()
    assert "results/whole/overhead-dark.svg" in (root / "README.md").read_text()
    for name in ("table.md", "index.html", "summary.csv", "trials.parquet", "overhead-light.svg"):
        assert (root / "results" / "whole" / name).exists()


def test_every_result_has_a_line_in_the_index_newest_first(root: Path) -> None:
    write_benchmark(root / "results" / "older", laps=1)
    write_benchmark(root / "results" / "whole", laps=4)
    edit_environment(root / "results" / "older", lambda content: content.update(started_s=1_700_000_000))
    publish(read_result(root / "results" / "whole"), root)
    lines = [line for line in (root / "results/README.md").read_text().splitlines() if "`abcdef01`" in line]
    assert ["(whole/)" in lines[0], "(older/)" in lines[1], len(lines)] == [True, True, 2]
    assert ["[tables](whole/table.md)" in lines[0], "table.md" in lines[1]] == [True, False]


def test_conclusions_come_from_the_result(root: Path) -> None:
    write_benchmark(root / "results" / "whole", laps=4)
    publish(read_result(root / "results" / "whole"), root)
    page = (root / "docs/results.md").read_text()
    assert "[the published result](../results/whole/table.md)" in page
    assert "| Tool defaults |" in page
    assert "{{" not in page
    assert "n/a" not in page.partition("## What you cannot conclude")[0].partition("## What you can")[2]


def test_an_orchestrator_that_failed_once_is_published_with_its_failure(root: Path) -> None:
    write_benchmark(root / "results" / "odd", laps=4, odd=Odd(failed=("lap2-tool-defaults",)))
    publish(read_result(root / "results" / "odd"), root)
    assert "1 of 4 rounds failed" in (root / "README.md").read_text()
    assert "its container ended during a trial" in (root / "results" / "odd" / "table.md").read_text()


def fail_everything(records: list[dict]) -> None:
    """Leave the tool without any trial, because every round failed before it was ready."""
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
        (1, True, False, "it has 1 repetition, and preset `standard` has 4"),
        (4, True, True, "no orchestrator has a valid trial"),
    ],
)
def test_a_result_that_is_not_fit_for_readers_is_refused(
    root: Path, laps: int, ended: bool, all_failed: bool, words: str
) -> None:
    before = (root / "README.md").read_text()
    write_benchmark(root / "results" / "unfit", laps=laps, ended=ended)
    if all_failed:
        edit_records(root / "results" / "unfit", fail_everything)
    with pytest.raises(NotPublishable, match=words) as refused:
        publish(read_result(root / "results" / "unfit"), root)
    publishable = 'make bench ARGS="--preset standard --all"'
    assert refused.value.remedy == (publishable if ended else "orchbench bench --resume")
    assert (root / "README.md").read_text() == before


def test_a_result_that_fails_the_audit_is_refused(root: Path) -> None:
    before = (root / "README.md").read_text()
    write_benchmark(root / "results" / "edited", laps=4)
    edit_records(root / "results" / "edited", lambda records: records[6].update(cpu_s=1e6))
    with pytest.raises(AuditFailed):
        publish(read_result(root / "results" / "edited"), root)
    assert (root / "README.md").read_text() == before


def test_crash_results_are_published_with_it(root: Path) -> None:
    write_benchmark(root / "results" / "whole", laps=4)
    write_crash_lap(root / "results" / "crashed", "floor", "tool")
    written = publish(read_result(root / "results" / "whole"), root)
    assert root / "results" / "crash.md" in written
    assert "| A step is killed | Killed right after commit |" in (root / "README.md").read_text()
    assert root / "results" / "crash" / "tool.md" in written
    assert "(crash/tool.md)" in (root / "results" / "crash.md").read_text()
    assert "- **after-commit**" in (root / "results" / "crash" / "tool.md").read_text()
    assert "[matrix](crash.md)" in (root / "results/README.md").read_text()


def test_published_files_link_to_nothing_that_git_ignores(root: Path) -> None:
    write_benchmark(root / "results" / "whole", laps=4)
    write_crash_lap(root / "results" / "crashed", "floor", "tool")
    publish(read_result(root / "results" / "whole"), root)
    names = ("README.md", "results/README.md", "results/crash.md", "docs/results.md", "results/whole/table.md")
    for name in (*names, "results/crash/tool.md"):
        links = re.findall(r"\]\(([^)#]+)", (root / name).read_text())
        assert not [link for link in links if link.endswith((".html", ".parquet", "crashed/crash.md"))], name


def test_a_crash_lap_is_not_a_headline(root: Path) -> None:
    write_crash_lap(root / "results" / "crashed", "floor", "tool")
    with pytest.raises(NotPublishable, match="it contains crash trials"):
        publish(read_result(root / "results" / "crashed"), root)
