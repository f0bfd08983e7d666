"""Runs a pipeline's own unit test once without a server, times it, and verifies its output like a trial's.

Knows one orchestrator and returns one record, but knows no rounds or record files.
"""

import time
from typing import Any

import psycopg
from pydantic import BaseModel, ConfigDict, ValidationError

from harness import untrusted
from harness.errors import first_fault, worded, writable
from harness.experiment.envelope import Envelope
from harness.experiment.scenario import A_MONTH
from harness.isolation.gauge import Gauge
from harness.isolation.protocol import UNIT_TEST, Isolation, Running, StackError
from harness.measure import warehouse
from harness.measure.presence import Absent, undisturbed
from harness.orchestrators.manifest import DEFAULTS, Manifest
from harness.results.records import UnitTestRecord

LIMIT_S = 300.0
_POLL_S = 0.05
_MOST_BYTES = 4096


class _UnitTestOutput(BaseModel):
    """The output of `reference/run_unit_test.py`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    test_s: float
    exit_status: int


def run_unit_test(isolation: Isolation, manifest: Manifest, envelope: Envelope) -> UnitTestRecord:
    """Run an orchestrator's unit test with profile `defaults`, whichever profiles were chosen.

    It is recorded for the first chosen profile. Failures are in the record, with the last log lines.
    """
    try:
        return undisturbed(lambda: _run(isolation, manifest, envelope))
    except Absent as absence:
        return _record(manifest, failure=str(absence))


def _run(isolation: Isolation, manifest: Manifest, envelope: Envelope) -> UnitTestRecord:
    told, peak, period_s, output, failure, log = None, None, None, None, "", ""
    try:
        whole = manifest.with_every_profile()
        with isolation.launch(whole, DEFAULTS, envelope, program=UNIT_TEST) as running:
            try:
                gauge = running.gauge()
                period_s = gauge.period_s if gauge else None
                told, peak = _wait(running, gauge)
                output = warehouse.verify(running.warehouse.own_url, running.exchange.output, A_MONTH)
                failure = _failure(told, output.difference)
            except psycopg.OperationalError as error:
                raise StackError(f"the warehouse is unreachable: {error}", log=running.log()) from error
            log = running.log() if failure else ""
    except Exception as error:
        # A failure only costs this figure, not the benchmark.
        failure, log = worded(error, manifest.folder), writable(getattr(error, "log", ""))
    ended = told.model_dump() if told else {}
    seen = {"peak_rss_bytes": peak, "rss_period_s": period_s, "output": output, **ended}
    return _record(manifest, failure=failure, log=log.splitlines(), **seen)


def _record(manifest: Manifest, **seen: Any) -> UnitTestRecord:
    """Return the record of a test. Unknown values are `None`."""
    nothing = dict.fromkeys(("test_s", "exit_status", "peak_rss_bytes", "rss_period_s", "output"))
    content: dict[str, Any] = {**nothing, **seen}
    return UnitTestRecord(at_s=time.time(), orchestrator=manifest.name, profile=manifest.first_profile, **content)


def _wait(running: Running, gauge: Gauge | None) -> tuple[_UnitTestOutput, int | None]:
    """Wait until the test has written its result. Return it with the highest memory sample."""
    deadline = time.monotonic() + LIMIT_S
    peak, read_s = None, 0.0
    while time.monotonic() < deadline:
        # Check this before the file, because the file may be written in between.
        alive = running.alive()
        try:
            told = untrusted.read(running.exchange.unit_test, _MOST_BYTES)
            return _UnitTestOutput.model_validate_json(told), peak
        except FileNotFoundError:
            pass
        except (OSError, untrusted.OddFile) as error:
            raise StackError(f"cannot read unit_test.json: {error}", log=running.log()) from error
        except ValidationError as error:
            raise StackError(f"cannot read unit_test.json: {first_fault(error)}", log=running.log()) from error
        if not alive:
            raise StackError("the unit test ended without writing its result", log=running.log())
        if gauge and time.monotonic() - read_s >= gauge.period_s:
            read_s = time.monotonic()
            if (rss_bytes := gauge.rss_bytes()) is not None:
                peak = max(peak or 0, rss_bytes)
        time.sleep(_POLL_S)
    raise StackError(f"the unit test did not end in {LIMIT_S:g} s", log=running.log())


def _failure(told: _UnitTestOutput, difference: str) -> str:
    if told.exit_status:
        return f"the unit test exited with {told.exit_status}"
    return difference
