"""Reports of joined results: laps add up, but seconds of two machines do not."""

import re
from pathlib import Path

import pytest
from benchmarks import split_by_lap, write_part

from harness.audit import sound_part
from harness.labs.latency.terminal import rows_of
from harness.labs.report_files import stale_files, write_report
from harness.paths import REPOSITORY
from harness.publish.first_screen import render_headline
from harness.publish.publish import NotPublishable, publish
from harness.report.lineup import lineup_of
from harness.report.machine_readable import summary_csv
from harness.report.markdown import render_tables
from harness.report.measures import OVERHEAD
from harness.report.page.data import page_data
from harness.report.row import Row
from harness.results.joined import read_folder, write_join
from harness.results.result import Result, read_result
from harness.statistics.ratios import paired

HERE, THERE = ("host", 0.0), ("elsewhere", 4.0)
"""Two machines, and the start latency of each run there."""


def join(root: Path, *machines: tuple[str, float], laps: int = 1) -> Result:
    """Join a benchmark of each of these machines."""
    parts = []
    for number, (host, late_s) in enumerate(machines, start=1):
        parts.append(root / "results" / f"part{number}")
        write_part(parts[-1], number, laps=laps, host=host, late_s=late_s)
    return write_join(root / "results" / "joined", [read_result(part) for part in parts])


def of_tool(result: Result) -> Row:
    return next(row for row in lineup_of(result).rows if row.system.name == "tool")


@pytest.fixture(scope="module")
def published() -> Result:
    found = re.search(r"\]\((results/[^/)]+)/table\.md\)", (REPOSITORY / "README.md").read_text())
    assert found
    return sound_part(read_result(REPOSITORY / found[1]))


@pytest.fixture(scope="module")
def lap_by_lap(published: Result, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The published result as if each of its laps had been a separate benchmark."""
    root = tmp_path_factory.mktemp("laps")
    parts = split_by_lap(published.folder, root)
    return sound_part(write_join(root / "joined", [read_result(part) for part in parts]))


def test_four_benchmarks_of_one_lap_equal_one_of_four_laps(published: Result, lap_by_lap: Result) -> None:
    whole, joined = lineup_of(published), lineup_of(lap_by_lap)
    assert published.environment.laps == len(lap_by_lap.parts) == 4
    assert summary_csv(joined) == summary_csv(whole)
    assert list(rows_of(joined)) == list(rows_of(whole))
    assert [row.name for row in joined.ordered] == [row.name for row in whole.ordered]
    standings = whole.standings(OVERHEAD)
    assert joined.standings(OVERHEAD) == standings
    assert len({standing.rank for standing in standings if standing}) > 3


def test_tables_of_one_machine_name_no_other(lap_by_lap: Result) -> None:
    table = render_tables(lineup_of(lap_by_lap))
    assert "Its 4 laps come from 4 benchmarks on one machine." in table
    assert "Figures with a unit" not in table


def test_seconds_of_two_machines_are_never_averaged(tmp_path: Path) -> None:
    alone = join(tmp_path / "alone", HERE, HERE, HERE)
    both = join(tmp_path / "both", HERE, THERE, HERE, HERE, THERE)
    slow = join(tmp_path / "slow", THERE, HERE, HERE, HERE)
    samples = [OVERHEAD.sample(of_tool(result)) for result in (alone, both, slow)]
    assert samples[1].typical == pytest.approx(samples[0].typical)
    assert samples[1].n == samples[0].n == 6
    assert [len(sample.everywhere.laps) for sample in samples] == [3, 5, 4]
    assert samples[2].typical == pytest.approx(samples[0].typical + 4, rel=0.01)
    summary = {row.split(",")[3]: row for row in summary_csv(lineup_of(both)).splitlines() if row.startswith("tool,")}
    assert summary["etl_overhead_s"].split(",")[7] == "6"
    assert summary["ready_s"].split(",")[7] == "3"


def test_ratios_and_ranks_use_every_lap_of_every_machine(tmp_path: Path) -> None:
    both = join(tmp_path, HERE, THERE, THERE)
    lineup = lineup_of(both)
    floor, tool = (next(row for row in lineup.rows if row.system.name == name) for name in ("floor", "tool"))
    times = paired(OVERHEAD.sample(tool), OVERHEAD.sample(floor))
    assert times.interval is not None
    assert OVERHEAD.sample(tool).interval is None, "one lap of the first machine has none"
    assert lineup.standing(tool).rank == 1
    data = page_data(lineup)
    assert data["entries"]["etl_overhead_s"]["lower"][1] == []
    assert {trial["record"].partition(",")[0] for trial in data["trials"]} == {
        f"../part{number}/records.jsonl" for number in (1, 2, 3)
    }


def test_machines_and_parts_are_listed_with_the_laps_of_each_number(tmp_path: Path) -> None:
    both = join(tmp_path, HERE, THERE, HERE)
    note = (
        "Its 3 laps come from 3 benchmarks on 2 machines. Figures with a unit are from host (laps 1, 3). "
        "Ranks and factors compare systems within each lap, and use all laps."
    )
    assert note in render_tables(lineup_of(both))
    assert note in render_headline(lineup_of(both))
    assert "| lap 2 | elsewhere: CPU, 2 CPUs, 16.0 GiB, Linux 6.1 |" in render_tables(lineup_of(both))
    assert "[part2](../part2)" in render_tables(lineup_of(both))
    write_report(both)
    assert note in (both.folder / "index.html").read_text()


def test_generated_files_are_compared_with_the_parts(tmp_path: Path) -> None:
    write_report(join(tmp_path, HERE, HERE))
    again = read_folder(tmp_path / "results" / "joined")
    assert list(stale_files(again)) == []
    (again.folder / "summary.csv").write_text("garbled")
    assert list(stale_files(again)) == ["summary.csv"]


def test_laps_that_add_up_to_a_standard_benchmark_are_published(root: Path) -> None:
    publish(join(root, HERE, THERE, laps=2), root)
    assert "[All numbers](results/joined/table.md)" in (root / "README.md").read_text()
    lines = [line for line in (root / "results/README.md").read_text().splitlines() if "2 × CPU" in line]
    assert len(lines) == 3
    (line,) = (line for line in lines if "(joined/)" in line)
    assert "host: 2 × CPU; elsewhere: 2 × CPU | quick, 4 repetitions" in line
    assert "[tables](joined/table.md)" in line


def test_too_few_laps_are_not_published(root: Path) -> None:
    with pytest.raises(NotPublishable, match="it has 3 repetitions, and preset `standard` has 4"):
        publish(join(root, HERE, THERE, HERE), root)
