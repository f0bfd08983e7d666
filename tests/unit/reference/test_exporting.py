"""An export in its caller's transaction: its Parquet file is in place before the commit, and goes back if that fails.

What it writes into a database is checked in tests/integration/test_warehouse.py.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reference import etl, steps
from reference.probe import InjectedFault

FRAME = pl.DataFrame({"flight": [1, 2]})
OLD = b"the export before"


class Connection:
    """A connection whose statements do nothing."""

    def execute(self, *_: object) -> "Connection":
        return self


@pytest.fixture(autouse=True)
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def replace(_: object, frame: pl.DataFrame, _trial: str, _month: str, temporary: Path) -> etl.ExportSummary:
        frame.write_parquet(temporary)
        return etl.ExportSummary(frame.height, 1)

    monkeypatch.setattr(etl, "_replace", replace)
    folder = tmp_path / "output"
    for name, value in {"OUTPUT": folder, "EVENTS": tmp_path / "events", "FAULTS": tmp_path / "faults"}.items():
        monkeypatch.setenv(f"ORCHBENCH_{name}", str(value))
    return folder


def names(output: Path) -> list[str]:
    return sorted(path.name for path in output.iterdir())


def export(output: Path, commit: Callable[[], object], reached: Callable[[str], None]) -> etl.ExportSummary:
    with etl.exporting(FRAME, "t1", "2013-01", output, reached) as write:
        summary = write(Connection())  # type: ignore[arg-type]
        commit()
    return summary


@pytest.fixture(params=[False, True], ids=["the first", "another"])
def before(request: pytest.FixtureRequest, output: Path) -> list[tuple[str, bytes]]:
    """The files of the output folder before an export, and after one that failed."""
    output.mkdir()
    if request.param:
        (output / "flight-2013-01.parquet").write_bytes(OLD)
    return [(path.name, path.read_bytes()) for path in output.iterdir()]


def test_its_file_is_in_place_before_the_commit_and_its_points_are_on_either_side(
    output: Path, before: list[tuple[str, bytes]]
) -> None:
    points: list[str] = []

    def commit() -> None:
        assert pl.read_parquet(output / "flight-2013-01.parquet").equals(FRAME)
        points.append("commit")

    assert export(output, commit, points.append) == (2, 1)
    assert points == ["copied", "commit", "committed"]
    assert names(output) == ["flight-2013-01.parquet"]


def test_a_commit_that_fails_leaves_the_file_that_was_there(output: Path, before: list[tuple[str, bytes]]) -> None:
    points: list[str] = []

    def commit() -> None:
        raise ConnectionError("the warehouse is gone")

    with pytest.raises(ConnectionError):
        export(output, commit, points.append)
    assert [(path.name, path.read_bytes()) for path in output.iterdir()] == before
    assert points == ["copied"]


def test_an_error_before_the_file_is_replaced_leaves_it(output: Path, before: list[tuple[str, bytes]]) -> None:
    def reached(_: str) -> None:
        raise ValueError("fails at this point")

    with pytest.raises(ValueError, match="fails at this point"):
        export(output, lambda: None, reached)
    assert [(name, (output / name).read_bytes()) for name, _ in before] == before


def events() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(os.environ["ORCHBENCH_EVENTS"]).read_text().splitlines()]


def export_step(commit: Callable[[], object]) -> dict[str, int]:
    with steps.exporting("t1", "2013-01", FRAME) as write:
        counts = write(Connection())  # type: ignore[arg-type]
        commit()
    return counts


def test_the_step_ends_after_its_callers_commit() -> None:
    so_far: list[str] = []

    counts = export_step(lambda: so_far.extend(event["event"] for event in events()))

    assert counts == {"flight_rows": 2, "route_month_rows": 1}
    assert so_far == ["started"]
    assert [(event["event"], event.get("rows_in"), event.get("rows_out")) for event in events()] == [
        ("started", None, None),
        ("ended", 2, 2),
    ]


def test_a_commit_that_fails_is_the_steps_failure() -> None:
    def commit() -> None:
        raise ConnectionError("the warehouse is gone")

    with pytest.raises(ConnectionError):
        export_step(commit)
    assert events()[-1]["outcome"] == "failure"


def test_a_fault_after_the_commit_finds_all_in_place(output: Path) -> None:
    fault = {"kind": "raise", "trial": "t1", "step": "export", "attempts": 1, "at": "committed"}
    Path(os.environ["ORCHBENCH_FAULTS"]).write_text(json.dumps([fault]))
    committed: list[int] = []
    with pytest.raises(InjectedFault):
        export_step(lambda: committed.append(1))
    assert committed
    assert names(output) == ["flight-2013-01.parquet"]
