"""A joined result: one value made of several folders, none of which is changed."""

import json
from pathlib import Path

import pytest
from benchmarks import write_part

from harness.results.joined import JOIN, machines, read_folder, write_join
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import Result, ResultError, read_result


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """Two laps on one machine, and one on another."""
    write_part(tmp_path / "two", 1, laps=2)
    write_part(tmp_path / "one", 2, host="elsewhere")
    return [tmp_path / "two", tmp_path / "one"]


def join(folder: Path, parts: list[Path]) -> Result:
    return write_join(folder, [read_result(each) for each in parts])


def test_laps_have_new_numbers_in_the_order_of_the_parts(tmp_path: Path, parts: list[Path]) -> None:
    joined = join(tmp_path / "joined", parts)
    rounds = [record for record in joined.records if isinstance(record, RoundRecord)]
    trials = [record for record in joined.records if isinstance(record, TrialRecord)]
    assert [end.lap for end in rounds] == [1, 1, 2, 2, 3, 3]
    assert [end.round for end in rounds[-2:]] == ["lap3-floor-defaults", "lap3-tool-defaults"]
    assert all(trial.trial.startswith(f"{trial.round}-") for trial in trials)
    assert len({trial.trial for trial in trials}) == len(trials) == 36
    assert [planned.id for planned in joined.plan.rounds] == [end.round for end in rounds]
    assert joined.environment.laps == 3


def test_its_duration_is_that_of_all_its_parts(tmp_path: Path, parts: list[Path]) -> None:
    joined = join(tmp_path / "joined", parts)
    environments = [read_result(each).environment for each in parts]
    assert joined.environment.started_s == min(each.started_s for each in environments)
    assert joined.environment.ended_s == max(each.ended_s for each in environments)


def test_values_that_are_measured_once_are_those_of_the_first_part(tmp_path: Path, parts: list[Path]) -> None:
    once = [record.kind for record in join(tmp_path / "joined", parts).records if record.kind not in ("trial", "round")]
    assert sorted(once) == ["built", "built", "code", "code", "setup", "setup", "unit_test", "unit_test"]


def test_no_part_is_copied_and_none_is_changed(tmp_path: Path, parts: list[Path]) -> None:
    before = {path: path.read_bytes() for part in parts for path in part.iterdir()}
    join(tmp_path / "results" / "joined", parts)
    assert {path: path.read_bytes() for part in parts for path in part.iterdir()} == before
    (written,) = (tmp_path / "results" / "joined").iterdir()
    assert [each["folder"] for each in json.loads(written.read_text())["parts"]] == ["../../two", "../../one"]
    assert written.stat().st_size < 1500


def test_it_can_be_moved_together_with_its_parts(tmp_path: Path, parts: list[Path]) -> None:
    joined = join(tmp_path / "joined", parts)
    moved = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    again = read_folder(moved / "joined")
    assert again.records == joined.records
    assert [line.place for line in again.lines] == [line.place for line in joined.lines]
    assert again.lines[0].place == "../two/records.jsonl, line 1"
    assert again.environment == joined.environment


def test_a_single_benchmark_is_read_as_usual(parts: list[Path]) -> None:
    assert read_folder(parts[0]).records == read_result(parts[0]).records


def test_only_laps_of_another_machine_are_elsewhere(tmp_path: Path, parts: list[Path]) -> None:
    joined = join(tmp_path / "joined", parts)
    assert joined.laps_elsewhere == {3}
    assert [machine.host for machine in machines(joined)] == ["host", "elsewhere"]
    assert join(tmp_path / "turned", parts[::-1]).laps_elsewhere == {2, 3}
    assert machines(read_result(parts[0])) == [read_result(parts[0]).environment.machine]
    assert read_result(parts[0]).laps_elsewhere == frozenset()


def test_a_missing_part_is_named(tmp_path: Path, parts: list[Path]) -> None:
    join(tmp_path / "joined", parts)
    parts[1].rename(tmp_path / "gone")
    with pytest.raises(ResultError, match=r"one/environment\.json is missing"):
        read_folder(tmp_path / "joined")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff", "Invalid JSON"),
        (b"[]", "Input should be an object"),
        (b'{"format": 2, "parts": []}', "format: Input should be 1"),
        (b'{"format": 1, "parts": [{"folder": "../two", "sha256": {}}]}', "parts: List should have at least 2"),
    ],
)
def test_a_malformed_file_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / JOIN).write_bytes(content)
    with pytest.raises(ResultError, match=rf"join\.json: .*{words}"):
        read_folder(tmp_path)
