"""Lines of records: a line that can be read matches the published schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import edit_records
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from objections import copy

from harness.audit.faults import Objection
from harness.audit.record_lines import located_records
from harness.results.result import Result, read_result
from harness.results.schema import PUBLISHED

SCHEMA = Draft202012Validator(json.loads(PUBLISHED.read_text()))
DROPPED = object()
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["1", "true", "success", 1.0, [], {}, [1], {"rows": 1}, 2.0**63, -0.0, DROPPED])
)


def places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Return every value of nested JSON, as its parent and the key or index."""
    for key in content if isinstance(content, dict) else range(len(content)):
        yield content, key
        if isinstance(content[key], dict | list):
            yield from places(content[key])


def faults(result: Result) -> list[Objection]:
    found: list[Objection] = []
    located_records(result, found)
    return found


@settings(max_examples=150, deadline=None)
@given(line=st.integers(0, 21), place=st.integers(0, 10_000), value=VALUES, extra=st.booleans())
@example(line=8, place=0, value=True, extra=True)
def test_a_difference_from_the_published_schema_is_a_fault(
    honest: Path, scratch: Path, line: int, place: int, value: object, *, extra: bool
) -> None:
    def edit(records: list[Any]) -> None:
        every = list(places(records[line]))
        parent, key = every[place % len(every)]
        if extra and isinstance(parent, dict):
            parent["more"] = value if value is not DROPPED else 0
        elif value is DROPPED:
            del parent[key]
        else:
            parent[key] = value

    copy(honest, scratch)
    edit_records(scratch, edit)
    result = read_result(scratch)
    content = json.loads(result.lines[line].content)
    assert faults(result) or SCHEMA.is_valid(content)


def test_every_line_of_an_honest_benchmark_matches_the_schema(honest: Path) -> None:
    result = read_result(honest)
    assert all(SCHEMA.is_valid(json.loads(line.content)) for line in result.lines)
    assert all(json.loads(line.content)["kind"] == line.record.kind for line in result.lines if line.record)
    assert faults(result) == []
