"""The chain of lines: complete ones verify, and any change is found in its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.results.chain import ChainError, broken, chained, link, split

FIRST = "f" * 64
OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=8), min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


def lines_of(objects: list[dict[str, object]], first: str = FIRST) -> list[bytes]:
    lines, previous = [], first
    for each in objects:
        lines.append(chained(previous, json.dumps(each).encode()))
        previous = split(lines[-1])[1]
    return lines


@given(OBJECTS)
def test_chained_lines_verify_and_return_their_content(objects) -> None:
    lines = lines_of(objects)
    assert broken(FIRST, lines) == []
    assert [json.loads(split(line)[0]) for line in lines] == objects
    assert all(json.loads(line)["chain"] == split(line)[1] for line in lines)


@given(OBJECTS, st.data())
def test_a_changed_byte_is_found_in_its_line(objects, data) -> None:
    lines = lines_of(objects)
    index = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[index]) - 1))
    changed = bytearray(lines[index])
    changed[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != changed[place]))
    lines[index] = bytes(changed)
    faults = broken(FIRST, lines)
    assert index in faults
    assert {*faults} <= {index, index + 1}


@given(OBJECTS, st.data())
def test_a_removed_line_breaks_the_next(objects, data) -> None:
    lines = lines_of(objects)
    index = data.draw(st.integers(0, len(lines) - 1))
    del lines[index]
    # Nothing follows the last line, so only a plan shows that it is missing.
    assert broken(FIRST, lines) == ([index] if index < len(lines) else [])


@given(OBJECTS, st.data())
def test_a_doubled_line_is_found(objects, data) -> None:
    lines = lines_of(objects)
    index = data.draw(st.integers(0, len(lines) - 1))
    lines.insert(index, lines[index])
    assert broken(FIRST, lines) == [index + 1]


@given(OBJECTS.filter(lambda objects: len(objects) > 1), st.data())
def test_moved_lines_are_found(objects, data) -> None:
    lines = lines_of(objects)
    index = data.draw(st.integers(0, len(lines) - 2))
    lines[index], lines[index + 1] = lines[index + 1], lines[index]
    assert index in broken(FIRST, lines)


def test_another_beginning_breaks_only_the_first_line() -> None:
    assert broken("0" * 64, lines_of([{"a": 1}, {"a": 2}])) == [0]


def test_equal_objects_have_different_links() -> None:
    first, second = lines_of([{"a": 1}, {"a": 1}])
    assert first != second
    assert link(FIRST, b"{}") != link(FIRST, b"{ }")


@pytest.mark.parametrize(
    "line", [b"", b"{}", b'{"a":1}', b'{"a":1,"chain":"short"}', b"\xff\xfe", b'[,"chain":"' + b"0" * 64]
)
def test_the_chain_accepts_a_line_without_a_link(line) -> None:
    with pytest.raises(ChainError):
        split(line)
    assert broken(FIRST, [line]) == [0]
