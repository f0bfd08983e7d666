"""Comparing two benchmarks."""

from pathlib import Path

import pytest
from benchmarks import edit_environment, edit_records, write_benchmark

from harness.analysis.compare import Comparison, Incomparable, comparison
from harness.cli.compare import of_comparison
from harness.results.result import read_result


def compare(before: Path, after: Path) -> Comparison:
    return comparison(read_result(before), read_result(after))


@pytest.fixture
def before(tmp_path: Path) -> Path:
    write_benchmark(tmp_path / "before", laps=4)
    return tmp_path / "before"


def slow_down(folder: Path, orchestrator: str, by_s: float) -> None:
    """Report the end of each trial later, like a slower orchestrator."""

    def edit(records: list[dict]) -> None:
        late_ns = 0
        for record in records:
            record["at_s"] += late_ns / 1e9
            if record["kind"] == "trial":
                for stamp in ("sent_ns", "accepted_ns", "finished_ns"):
                    record[stamp] += late_ns
                for event in record["events"]:
                    event["monotonic_ns"] += late_ns
                    event["time_ns"] += late_ns
                if record["orchestrator"] == orchestrator:
                    record["finished_ns"] += int(by_s * 1e9)
                    record["phases"]["finish_s"] += by_s
                    record["phases"]["total_s"] += by_s
                    record["at_s"] += by_s
                    late_ns += int(by_s * 1e9)
            if record["kind"] == "round" and record["orchestrator"] == orchestrator:
                record["duration_s"] += 6 * by_s
                record["first_success_s"] += by_s

    edit_records(folder, edit)
    edit_environment(folder, lambda content: content.update(ended_s=content["ended_s"] + 1000))


def test_the_same_twice_has_no_difference(tmp_path: Path, before: Path) -> None:
    write_benchmark(tmp_path / "after", laps=4)
    found = compare(before, tmp_path / "after")
    assert found.circumstances == []
    assert not found.worse(0)
    assert {change.verdict for change in found.changes} <= {"inseparable", "one lap"}


def test_a_slower_orchestrator_is_found_and_the_other_is_not_blamed(tmp_path: Path, before: Path) -> None:
    write_benchmark(tmp_path / "after", laps=4)
    slow_down(tmp_path / "after", "tool", by_s=1.0)
    found = compare(before, tmp_path / "after")
    assert found.worse(0.05)
    slower = {(change.name, change.measure) for change in found.changes if change.verdict == "more"}
    measures = ("etl total, s", "etl overhead, s", "noop total, s")
    assert slower == {("Tool defaults", measure) for measure in measures}
    assert not found.worse(10)
    assert not compare(tmp_path / "after", before).worse(0)


def test_other_circumstances_are_reported(tmp_path: Path, before: Path) -> None:
    write_benchmark(tmp_path / "after", laps=4)

    def edit(content: dict) -> None:
        content["machine"]["kernel"] = "7.0"
        content["systems"][1]["version"] = "2.0"

    edit_environment(tmp_path / "after", edit)
    assert compare(before, tmp_path / "after").circumstances == ["kernel: 6.1 → 7.0", "Tool: 1.0 → 2.0"]


def test_numbers_of_different_methods_are_not_compared(tmp_path: Path, before: Path) -> None:
    write_benchmark(tmp_path / "after", laps=4)
    edit_environment(tmp_path / "after", lambda content: content.update(method=content["method"] + 1))
    with pytest.raises(Incomparable, match=r"method 3 and .*after with method 4"):
        compare(before, tmp_path / "after")


def as_processes(folder: Path) -> None:
    write_benchmark(folder, laps=4)
    edit_environment(folder, lambda content: content["isolation"].update(kind="process", summary="processes"))


def test_isolations_are_compared_only_on_request(tmp_path: Path, before: Path) -> None:
    as_processes(tmp_path / "after")
    with pytest.raises(Incomparable, match=r"`container` isolation and .*after with `process`.*--across-isolation"):
        compare(before, tmp_path / "after")
    found = comparison(read_result(before), read_result(tmp_path / "after"), across_isolation=True)
    assert "isolation: container → process" in found.circumstances
    assert found.changes


def test_isolations_of_two_machines_are_not_compared(tmp_path: Path, before: Path) -> None:
    as_processes(tmp_path / "after")
    edit_environment(tmp_path / "after", lambda content: content["machine"].update(host="another"))
    with pytest.raises(Incomparable, match="from one machine, and these are from two"):
        comparison(read_result(before), read_result(tmp_path / "after"), across_isolation=True)


def test_parallel_rounds_are_reported(tmp_path: Path, before: Path) -> None:
    write_benchmark(tmp_path / "after", laps=4)
    lanes = {"pinned": True, "harness": [0], "stacks": [1, 2], "lanes": [[1], [2]]}
    edit_environment(tmp_path / "after", lambda content: content.update(pinning=lanes))
    assert compare(before, tmp_path / "after").circumstances == ["rounds in parallel: 1 → 2"]


def test_no_common_system_is_reported(tmp_path: Path, before: Path) -> None:
    write_benchmark(tmp_path / "after", "floor2", laps=1)
    with pytest.raises(Incomparable, match="no measured system in common"):
        compare(before, tmp_path / "after")


def test_json_names_a_system_by_its_name_and_its_profile(before: Path) -> None:
    changes = of_comparison(compare(before, before), 0.05)["changes"]
    told = {(change["system"], change["profile"], change["label"]) for change in changes}
    assert {system for system, *_ in told} == {each.name for each in read_result(before).environment.systems}
    assert {profile for _, profile, _ in told} == {"defaults"}
