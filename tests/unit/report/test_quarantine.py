"""One failure costs nobody else's result: whatever is cut off, fails or is odd, a report is made of what is sound."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from benchmarks import Odd, edit_environment, edit_records, write_benchmark
from hypothesis import given, settings
from hypothesis import strategies as st
from objections import text

from harness.audit import audit, quarantine, sound_part
from harness.report.column import Column, columns
from harness.report.markdown import render_tables
from harness.report.write import generated
from harness.results.records import RECORDS, TrialRecord
from harness.results.result import Result, read_result

Content = dict[str, Any]
SYSTEMS = ("floor", "tool", "shelf")
ODD = (float("nan"), -5, 1e300, 10**400, 10**18, "yesterday", "", None, True, [], {}, 0, "\udcff")
"""What a driver, a clock or a hand may leave in a field."""


@dataclass(frozen=True)
class Mishap:
    """A benchmark with what went wrong in it: what is left of its file, and which of its rounds were not touched."""

    odd: Odd
    lines: int
    torn: bool
    ended: bool
    edits: tuple[tuple[int, str, object], ...]


@st.composite
def mishaps(draw: st.DrawFn) -> Mishap:
    rounds = [f"lap{lap}-{name}-defaults" for lap in (1, 2) for name in SYSTEMS]
    fates = st.sampled_from(["well", "well", "fails", "is interrupted"])
    came_to = {name: draw(fates) for name in rounds}
    outcomes = {
        f"{name}-0{n}-{scenario}": draw(st.sampled_from(["valid", "hung", "invalid"]))
        for name in draw(st.lists(st.sampled_from(rounds), max_size=2))
        for n, scenario in ((1, "etl"), (2, "noop"))
    }
    names = st.sampled_from(
        [*TrialRecord.model_fields, "ready_s", "install_s", "sloc", "size_bytes", "failure", "rest_s"]
    )
    return Mishap(
        Odd(
            outcomes,
            interrupted=tuple(name for name, fate in came_to.items() if fate == "is interrupted"),
            failed=tuple(name for name, fate in came_to.items() if fate == "fails"),
        ),
        lines=draw(st.integers(0, 70)),
        torn=draw(st.booleans()),
        ended=draw(st.booleans()),
        edits=tuple(draw(st.lists(st.tuples(st.integers(0, 69), names, st.sampled_from(ODD)), max_size=3))),
    )


def play(folder: Path, mishap: Mishap) -> tuple[Result, set[str], list[Content]]:
    """Write a benchmark as a mishap leaves it; return it with the rounds that were touched, and its honest records."""
    write_benchmark(folder, *SYSTEMS, laps=2, odd=mishap.odd)
    if not mishap.ended:
        edit_environment(folder, lambda content: content.pop("ended_s"))
    touched: set[str] = set()
    honest: list[Content] = []

    def edit(records: list[Content]) -> None:
        del records[mishap.lines :]
        honest.extend(json.loads(json.dumps(records)))
        for index, name, value in mishap.edits:
            if index < len(records) and name in records[index]:
                touched.add(records[index].get("round", ""))
                records[index][name] = value

    edit_records(folder, edit)
    if mishap.torn:
        with (folder / RECORDS).open("ab") as file:
            file.write(b'{"kind":"trial","at_s":17')
    return read_result(folder), touched, honest


def column(result: Result, name: str) -> Column | None:
    return next((each for each in columns(result) if each.system.name == name), None)


@pytest.fixture(autouse=True)
def no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.results.store.os.fsync", lambda _descriptor: None)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("played")


@settings(max_examples=60, deadline=None)
@given(mishap=mishaps())
def test_of_any_prefix_with_any_failures_and_odd_records_a_table_shows_all_that_is_valid(
    room: Callable[[], Path], mishap: Mishap
) -> None:
    result, touched, honest = play(room(), mishap)
    faults = audit(result)
    assert mishap.edits or text(faults) == "" or mishap.torn or mishap.ended, text(faults)
    sound = quarantine(result, faults)
    table = render_tables(sound)
    for name in SYSTEMS:
        valid = [
            each
            for each in honest
            if each["kind"] == "trial" and each["orchestrator"] == name and each["outcome"] == "valid"
        ]
        untouched = {each["trial"] for each in valid if each["round"] not in touched}
        shown = column(sound, name)
        counted = {each.trial for each in shown.trials if each.outcome == "valid"} if shown else set()
        assert untouched <= counted, text(faults)
        if shown and shown.trials:
            assert f"| {len(counted)} of {len(shown.trials)}" in table


@settings(max_examples=8, deadline=None)
@given(mishap=mishaps())
def test_every_file_can_be_made_of_it(room: Callable[[], Path], mishap: Mishap) -> None:
    result, _, _ = play(room(), mishap)
    assert all(content for _, content in generated(sound_part(result)))
