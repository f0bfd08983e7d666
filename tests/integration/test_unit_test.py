"""A pipeline's own unit test is run for real, and judged by its output and its exit status."""

from pathlib import Path

import pytest
from lacking import lacks
from orchestrators.assembled import BASELINE, assemble

from harness.experiment.envelope import Envelope
from harness.isolation.process.isolation import Processes
from harness.isolation.protocol import Isolation, obstacle
from harness.machine.host_lock import exclusive
from harness.measure import unit_test
from harness.measure.unit_test import run_unit_test
from harness.orchestrators.manifest import Manifest
from harness.results.records import UnitTestRecord

pytestmark = [pytest.mark.integration, pytest.mark.first_in("process")]


def run(isolation: Isolation, build, manifest: Manifest) -> UnitTestRecord:
    build(manifest)
    with exclusive():
        return run_unit_test(isolation, manifest, Envelope())


def test_it_is_timed_and_its_output_is_verified(isolation: Isolation, build) -> None:
    record = run(isolation, build, BASELINE)
    assert record.failure == "", record.log
    assert record.test_s is not None
    assert record.exit_status == 0
    assert record.output is not None
    assert record.output.tables["flight"].rows == 27_004
    assert record.peak_rss_bytes is not None
    assert record.peak_rss_bytes > 20e6


def test_another_exit_status_is_a_failure(isolation: Isolation, build, tmp_path: Path) -> None:
    record = run(isolation, build, one_with("echo so it goes; exit 3", tmp_path))
    assert record.failure == "the unit test exited with 3"
    assert "so it goes" in "\n".join(record.log)


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        ("echo so it goes", "flight: "),
        ("echo so it goes; kill -9 $PPID", "the unit test ended without writing its result"),
        ("echo so it goes; exec sleep 60", "the unit test did not end in 4 s"),
    ],
)
def test_other_failures_are_described(
    landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, failure: str
) -> None:
    """Only as processes, because both isolations share this code."""
    held = Processes()
    if missing := obstacle(held):
        lacks("the isolation process", missing.what)
    monkeypatch.setattr(unit_test, "LIMIT_S", 4.0)
    held.prepare_warehouse(print)
    record = run(held, lambda manifest: held.prepare(manifest, print), one_with(script, tmp_path))
    assert record.failure.startswith(failure)
    assert "so it goes" in "\n".join(record.log)


def one_with(script: str, pipelines: Path) -> Manifest:
    """Return the baseline's twin with another unit test."""
    twin = assemble("twin", pipelines)
    (twin.folder / "unit_test").write_text(f"#!/bin/sh\n{script}\n")
    return twin
