"""The files of an orchestrator's folder that a stack gets: its code, without files for the harness or for readers."""

from pathlib import Path, PurePosixPath

import pytest

from harness.isolation.sources import can_change_a_number, sources
from harness.measure.code_state import harness_files


def test_a_change_of_notes_rebuilds_nothing(tmp_path: Path) -> None:
    for name in ("etl.py", "NOTES.md", "driver.py", "orchestrator.toml", "requirements.in"):
        (tmp_path / name).touch()
    assert [path.name for path in sources(tmp_path)] == ["etl.py"]


@pytest.mark.parametrize(
    "path",
    [
        *("harness/measure/trial.py", "uv.lock", "compose/stack.yaml", "pipelines/reference/golden.json"),
        *("pipelines/tool/etl.py", "pipelines/tool/driver.py", "pipelines/tool/orchestrator.toml"),
        *("pipelines/tool/requirements.lock", "pipelines/tool/compose.yaml", "pipelines/tool/tests/test_etl.py"),
    ],
)
def test_files_that_run_can_change_a_number(path: str) -> None:
    assert can_change_a_number(PurePosixPath(path), ["tool"])


@pytest.mark.parametrize(
    "path",
    [
        *(
            "results/README.md",
            "docs/method/measurement.md",
            "tests/unit/test_files.py",
            "README.md",
            "Makefile",
            "core",
        ),
        *("pipelines/other/etl.py", "pipelines/tool/NOTES.md", "pipelines/tool/requirements.in"),
        *("pipelines/tool/__pycache__/etl.pyc", "pipelines/tool/.etl.py.swp", "pipelines/tool/etl.py~"),
        *("pipelines/tool/.venv/bin/python", "pipelines/reference/__pycache__/etl.pyc"),
        *("harness/report/page/page.css", "harness/__pycache__/a.pyc"),
    ],
)
def test_files_that_do_not_run_change_none(path: str) -> None:
    assert not can_change_a_number(PurePosixPath(path), ["tool"])


def test_every_file_of_the_harness_can_change_a_number() -> None:
    for name in harness_files():
        path = PurePosixPath(name)
        assert can_change_a_number(path, path.parts[1:2]), name
