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
from harness.isolation.protocol import UNIT_TEST, Isolation, Running, StackError
from harness.measure import warehouse
from harness.measure.meters import Sampler
from harness.measure.presence import Absent, undisturbed
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest
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
    """Run an orchestrator's unit test with its shared profile, whichever profiles were chosen.

    Failures are in the record, with the last log lines.
    """
    try:
        return undisturbed(lambda: _run(isolation, manifest, envelope))
    except Absent as absence:
        return _record(manifest, failure=str(absence))


def _run(isolation: Isolation, manifest: Manifest, envelope: Envelope) -> UnitTestRecord:
    seen: dict[str, Any] = {}
    try:
        whole = manifest.with_every_profile()
        with isolation.launch(Contender(whole, whole.shared_profile), envelope, program=UNIT_TEST) as running:
            sampler = Sampler(running.gauge())
            try:
                test = _wait(running, sampler)
                period_s = sampler.gauge.period_s if sampler.gauge else None
                seen = {**test.model_dump(), "peak_rss_bytes": sampler.peak_rss_bytes, "rss_period_s": period_s}
                output = warehouse.verify(running.warehouse.own_url, running.exchange.output, A_MONTH)
            except psycopg.OperationalError as error:
                raise StackError(f"the warehouse is unreachable: {error}", log=running.log()) from error
            failure = f"the unit test exited with {test.exit_status}" if test.exit_status else output.difference
            seen["output"] = output
            log = running.log() if failure else ""
    except Exception as error:
        # A failure only costs this figure, not the benchmark.
        failure, log = worded(error, manifest.folder), writable(getattr(error, "log", ""))
    return _record(manifest, failure=failure, log=log.splitlines(), **seen)


def _record(manifest: Manifest, **seen: Any) -> UnitTestRecord:
    """Return the record of a test. Unknown values are `None`."""
    nothing = dict.fromkeys(("test_s", "exit_status", "peak_rss_bytes", "rss_period_s", "output"))
    content: dict[str, Any] = {**nothing, **seen}
    return UnitTestRecord(at_s=time.time(), orchestrator=manifest.name, profile=manifest.shared_profile, **content)


def _wait(running: Running, sampler: Sampler) -> _UnitTestOutput:
    """Wait until the test has written its result, and sample its memory."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        # Check this before the file, because the file may be written in between.
        alive = running.alive()
        try:
            return _UnitTestOutput.model_validate_json(untrusted.read(running.exchange.unit_test, _MOST_BYTES))
        except FileNotFoundError:
            pass
        except (OSError, untrusted.OddFile, ValidationError) as error:
            words = first_fault(error) if isinstance(error, ValidationError) else error
            raise StackError(f"cannot read unit_test.json: {words}", log=running.log()) from error
        if not alive:
            raise StackError("the unit test ended without writing its result", log=running.log())
        sampler.sample_memory()
        time.sleep(_POLL_S)
    raise StackError(f"the unit test did not end in {LIMIT_S:g} s", log=running.log())
