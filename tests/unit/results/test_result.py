"""Reading a result once and completely, with one sentence if it cannot be read."""

import json
import re
from pathlib import Path

import pytest
from benchmarks import write_benchmark
from samples import environment, plan_of

from harness.errors import Failure
from harness.results.environment import ENVIRONMENT
from harness.results.records import RECORDS
from harness.results.result import PLAN, ResultError, read_result, write_beginning, write_end


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_benchmark(tmp_path)
    return tmp_path


def test_records_have_their_lines(folder: Path) -> None:
    result = read_result(folder)
    assert b"".join(line.content + b"\n" for line in result.lines) == (folder / RECORDS).read_bytes()
    assert len(result.records) == len(result.lines) == 22


def test_a_truncated_line_is_kept_separately(folder: Path) -> None:
    with (folder / RECORDS).open("a") as file:
        file.write('{"kind": "rou')
    result = read_result(folder)
    assert len(result.records) == 22
    assert result.cut_short == b'{"kind": "rou'


def test_a_malformed_line_is_a_fault_of_only_that_line(folder: Path) -> None:
    with (folder / RECORDS).open("a") as file:
        file.write('{"kind": "round"}\n')
    result = read_result(folder)
    assert len(result.records) == 22
    assert result.lines[-1].record is None
    assert result.lines[-1].fault == "it has no link to the record before it"


def test_a_benchmark_that_was_killed_before_its_first_record_can_be_read(tmp_path: Path) -> None:
    described = environment("floor", ended=False)
    write_beginning(tmp_path, described, plan_of())
    assert read_result(tmp_path).records == []


def test_an_end_that_cannot_be_written_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.results.result.write_json", full)
    with pytest.raises(Failure, match=r"cannot write the end of the benchmark .*No space left") as raised:
        write_end(folder, 2e9)
    assert raised.value.remedy == "orchbench bench --resume"


def test_a_folder_without_a_benchmark_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"environment\.json is missing: .* is not a folder with a benchmark"):
        read_result(tmp_path)


@pytest.mark.parametrize("name", [PLAN, RECORDS])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ResultError, match=f"{name} is missing"):
        read_result(folder)


@pytest.mark.parametrize("name", [ENVIRONMENT, PLAN])
@pytest.mark.parametrize("written_in", [None, 1, 7, "2"])
def test_an_unknown_format_is_one_sentence(folder: Path, name: str, written_in: object) -> None:
    content = json.loads((folder / name).read_text())
    if written_in is None:
        del content["format"]
    else:
        content["format"] = written_in
    (folder / name).write_text(json.dumps(content))
    words = rf"{name} has format {written_in or 1}, but this orchbench reads formats 2 to 6"
    with pytest.raises(ResultError, match=words):
        read_result(folder)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (ENVIRONMENT, b"\xff", "not a JSON object"),
        (ENVIRONMENT, b"[]", "not a JSON object"),
        (PLAN, b"", "not a JSON object"),
        (PLAN, b"[" * 100_000, "not a JSON object"),
        (PLAN, b'{"format": 2, "scenarios": {}, "rounds": [{"lap": 1}]}', r"rounds\.0\.orchestrator"),
        (ENVIRONMENT, b'{"format": 2}', "method: Field required"),
    ],
)
def test_malformed_files_are_one_sentence(folder: Path, name: str, content: bytes, words: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ResultError, match=words):
        read_result(folder)


@pytest.mark.parametrize("figure", ["1000000000", "-1", "1e999", "9" * 400])
@pytest.mark.parametrize("name", ["load", "retries", "retry_delay_s", "transform", "phase_offset_s", "rest_s"])
def test_a_plan_with_excessive_numbers_is_not_read(folder: Path, name: str, figure: str) -> None:
    content = (folder / PLAN).read_text()
    (folder / PLAN).write_text(re.sub(rf'("{name}": )[\d.]+', rf"\g<1>{figure}", content))
    with pytest.raises(
        ResultError, match=rf"{name}: Input should be (greater|less|a finite|a valid number)|{name}: Unable to parse"
    ):
        read_result(folder)
