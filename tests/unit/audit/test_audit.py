"""The audit: benchmarks pass with everything that may happen in them, and changes without a new chain do not."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks import Odd, edit_records, write_benchmark
from hypothesis import example, given, settings
from hypothesis import strategies as st
from objections import FILES, audit, copy, text

from harness.audit import Objection
from harness.results.environment import ENVIRONMENT
from harness.results.records import RECORDS
from harness.results.result import PLAN
from harness.results.schema import PUBLISHED, line_schema_json

# Honest benchmarks pass


@pytest.mark.parametrize(
    "odd",
    [
        Odd(),
        Odd(outcomes={"lap1-tool-defaults-03-etl": "hung"}),
        Odd(outcomes={"lap1-tool-defaults-01-etl": "invalid", "lap1-floor-defaults-06-exhaustion": "hung"}),
        Odd(interrupted=("lap1-tool-defaults",)),
        Odd(failed=("lap1-tool-defaults",)),
        Odd(absences={"lap1-tool-defaults-01-etl": 1, "lap1-floor-defaults-06-exhaustion": 2}),
        Odd(absences={"lap1-tool-defaults-03-etl": 3, "lap1-tool-defaults-04-retry": 1}),
    ],
    ids=["clean", "hung", "invalid", "interrupted", "failed", "tried again", "an error each time"],
)
def test_an_honest_benchmark_passes(tmp_path: Path, odd: Odd) -> None:
    write_benchmark(tmp_path, odd=odd)
    assert text(audit(tmp_path)) == ""


def test_a_benchmark_of_many_laps_passes_and_so_does_an_unfinished_one(tmp_path: Path) -> None:
    write_benchmark(tmp_path / "four", laps=4)
    write_benchmark(tmp_path / "unfinished", laps=2, ended=False)
    assert text(audit(tmp_path / "four")) == text(audit(tmp_path / "unfinished")) == ""


def test_the_published_schema_is_up_to_date() -> None:
    remedy = "rewrite it with: python -m harness.results.schema > docs/records.schema.json"
    assert PUBLISHED.read_text() == line_schema_json() + "\n", remedy


# Changes without a new chain


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_changed_byte_of_the_records_is_found_in_its_line(honest: Path, scratch: Path, data: st.DataObject) -> None:
    copy(honest, scratch)
    content = bytearray((honest / RECORDS).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    ends_line = content[place] == ord("\n")
    line = content[:place].count(b"\n") + 1
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    (scratch / RECORDS).write_bytes(content)
    named = {fault.where.partition(" (")[0] for fault in audit(scratch)}
    wanted = {f"{RECORDS}, line {n}" for n in ((line, line + 1) if ends_line else (line,))}
    assert wanted & named


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_changed_byte_of_the_plan_is_found(honest: Path, scratch: Path, data: st.DataObject) -> None:
    copy(honest, scratch)
    content = bytearray((honest / PLAN).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    (scratch / PLAN).write_bytes(content)
    assert PLAN in text(audit(scratch))


def leaves(content: Any) -> Iterator[tuple[Any, Any]]:
    for key in content if isinstance(content, dict) else range(len(content)):
        if isinstance(content[key], dict | list):
            yield from leaves(content[key])
        else:
            yield content, key


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_other_value_in_the_environment_is_found(honest: Path, scratch: Path, data: st.DataObject) -> None:
    copy(honest, scratch)
    content = json.loads((honest / ENVIRONMENT).read_text())
    # The end time is written last and is not in the chain.
    found = [leaf for leaf in leaves(content) if leaf[1] != "ended_s"]
    parent, key = found[data.draw(st.integers(0, len(found) - 1))]
    value = parent[key]
    if value is None or isinstance(value, bool):
        parent[key] = not value
    else:
        parent[key] = value + ("x" if isinstance(value, str) else 1)
    (scratch / ENVIRONMENT).write_text(json.dumps(content))
    assert ENVIRONMENT in text(audit(scratch))


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(FILES), content=st.binary(max_size=60), keep=st.booleans())
@example(name=RECORDS, content=b"[" * 100_000, keep=False)
@example(name=RECORDS, content=b'{"kind":"trial","lap":' + b"9" * 5000 + b"}\n", keep=True)
@example(name=ENVIRONMENT, content=b"\xff", keep=False)
@example(name=PLAN, content=b"[]", keep=False)
def test_no_content_stops_the_audit(honest: Path, scratch: Path, name: str, content: bytes, *, keep: bool) -> None:
    copy(honest, scratch)
    before = (honest / name).read_bytes()
    (scratch / name).write_bytes(before + content if keep else content)
    faults = audit(scratch)
    # White space around the JSON of an environment changes nothing.
    assert faults or (keep and (not content or (name == ENVIRONMENT and not content.strip())))
    assert "line 99" not in text(faults)


def test_a_truncated_record_is_named(folder: Path) -> None:
    path = folder / RECORDS
    lines = path.read_bytes().count(b"\n")
    path.write_bytes(path.read_bytes()[:-1])
    assert Objection(f"{RECORDS}, line {lines}", "it is cut short: the file does not end with a newline") in audit(
        folder
    )


Move = Callable[[list[Any], int], object]


def drop(lines: list[Any], index: int) -> None:
    del lines[index]


def double(lines: list[Any], index: int) -> None:
    lines.insert(index, lines[index])


def swap(lines: list[Any], index: int) -> None:
    other = index - 1 if index else 1
    lines[index], lines[other] = lines[other], lines[index]


@settings(max_examples=40, deadline=None)
@given(move=st.sampled_from([drop, double, swap]), index=st.integers(0, 21), anew=st.booleans())
def test_a_removed_doubled_or_moved_line_is_found(
    honest: Path, scratch: Path, move: Move, index: int, *, anew: bool
) -> None:
    copy(honest, scratch)
    if anew:
        edit_records(scratch, lambda records: move(records, index))
    else:
        lines = (scratch / RECORDS).read_bytes().splitlines(keepends=True)
        assert len(lines) == 22
        move(lines, index)
        (scratch / RECORDS).write_bytes(b"".join(lines))
    assert audit(scratch)
