"""Every file that is read, with invalid content: always one sentence of the harness, and never another error.

`HYPOTHESIS_PROFILE=thorough` tries 2,000 of each.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks import write_benchmark
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from objections import FILES, copy

from harness.audit import audit
from harness.errors import HarnessError
from harness.measure.event_file import EventsError, read_all_events
from harness.measure.golden_file import GOLDEN, read_golden
from harness.orchestrators.contender import contenders
from harness.orchestrators.discovery import discover
from harness.orchestrators.manifest import MANIFEST, read_manifest
from harness.orchestrators.source_lines import count_source_lines
from harness.results.result import read_result

EXAMPLES = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 200
FUZZED = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
ODD_VALUES = [
    *(b"", b"[]", b"{}", b"nan", b"-inf", b"1e999", b"-1", b"0", b"null", b"true", b"9" * 40, b"9" * 5000, b'""'),
    *(b'"\\u0000"', b'"/etc/*"', b'"../**"', b'"[[["', b"1979-05-27", b"9999-99-99", b"[" * 300, b"\xff", b"\x00"),
]


# Values that are counted up to one by one stop at once for lack of memory.
ODD_NUMBERS = [b"0", b"-1", b"1e308", b"-1e308", b"1e999", b"1e400", b"NaN", b"0.5", str(10**18).encode(), b"9" * 400]
NUMBER = re.compile(rb"(?<=[\[ ,:=-])\d+(\.\d+)?(?=[\s,\]}])")


def garbled(good: bytes) -> st.SearchStrategy[bytes]:
    """Return a damaged file: noise, a part, odd bytes, odd values and numbers, or a line less or twice."""
    places = st.integers(0, len(good))
    numbers = [match.span() for match in NUMBER.finditer(good)]

    def replaced(cut: tuple[int, int], into: bytes) -> bytes:
        first, last = sorted(cut)
        return good[:first] + into + good[last:]

    lines = good.splitlines(keepends=True)
    return st.one_of(
        st.binary(max_size=200),
        st.builds(replaced, st.sampled_from(numbers), st.sampled_from(ODD_NUMBERS)),
        places.map(lambda end: good[:end]),
        st.builds(replaced, st.tuples(places, places), st.binary(max_size=20)),
        st.builds(lambda at, into: good[:at] + into + good[at:], places, st.sampled_from(ODD_VALUES)),
        st.integers(0, len(lines) - 1).map(lambda n: b"".join(lines[:n] + lines[n + 1 :])),
        st.integers(0, len(lines) - 1).map(lambda n: b"".join([*lines, lines[n]])),
        st.builds(
            lambda n, into: b"".join(
                line.partition(b"=")[0] + b"= " + into + b"\n" if number == n and b"=" in line else line
                for number, line in enumerate(lines)
            ),
            st.integers(0, len(lines) - 1),
            st.sampled_from(ODD_VALUES),
        )
        if b"=" in good
        else places.map(lambda end: good[end:]),
    )


def reads(read: Callable[[], object]) -> None:
    """Read, or be refused with one sentence and exit code 2."""
    refused = None
    try:
        read()
    except HarnessError as error:
        refused = error
    assert refused is None or (str(refused) and refused.exit_code == 2)


TOOL = max(discover(), key=lambda manifest: len((manifest.folder / MANIFEST).read_bytes()))
"""The result with the most content."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pipelines") / TOOL.name
    shutil.copytree(TOOL.folder, place, ignore=shutil.ignore_patterns("__pycache__"))
    return place


@FUZZED
@given(content=garbled((TOOL.folder / MANIFEST).read_bytes()))
def test_a_manifest(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)

    def read() -> None:
        manifest = read_manifest(folder / MANIFEST)
        assert manifest.version
        for contender in contenders([manifest]):
            count_source_lines(contender)

    reads(read)


@pytest.mark.parametrize("name", FILES)
@FUZZED
@given(data=st.data())
def test_a_file_of_a_result(honest: Path, scratch: Path, name: str, data: st.DataObject) -> None:
    copy(honest, scratch)
    (scratch / name).write_bytes(data.draw(garbled((honest / name).read_bytes())))
    reads(lambda: audit(read_result(scratch)))


@FUZZED
@given(content=garbled(GOLDEN.read_bytes()))
def test_the_golden_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "golden.json").write_bytes(content)
    reads(lambda: read_golden(tmp_path / "golden.json"))


EVENT = (
    b'{"event": "started", "trial": "t", "step": "load", "attempt": 1, "pid": 1, "host": "h", '
    b'"monotonic_ns": 1, "time_ns": 2}\n'
)


@FUZZED
@given(content=garbled(EVENT * 2))
def test_an_event_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "events.jsonl").write_bytes(content)
    refused = ""
    try:
        read_all_events(tmp_path / "events.jsonl")
    except EventsError as error:
        refused = str(error)
    assert not refused or "events.jsonl, line" in refused


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("become", ["a folder", "nothing"])
def test_a_file_of_a_result_that_is_a_folder_or_missing(tmp_path: Path, name: str, become: str) -> None:
    write_benchmark(tmp_path)
    (tmp_path / name).unlink()
    if become == "a folder":
        (tmp_path / name).mkdir()
    with pytest.raises(HarnessError, match=name):
        read_result(tmp_path)


def test_a_manifest_and_a_golden_file_that_are_folders(tmp_path: Path) -> None:
    for read, name in ((read_manifest, MANIFEST), (read_golden, "golden.json")):
        (tmp_path / name).mkdir()
        with pytest.raises(HarnessError, match=f"cannot read .*{name}: Is a directory"):
            read(tmp_path / name)
