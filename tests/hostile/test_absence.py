"""The harness is suspended, killed, out of room, or waits forever: none of this is a verdict on a tool.

The baseline's stack is real, and so are the signals, the locks and the full disk.
"""

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from orchestrators.assembled import BASELINE
from orchestrators.passing import PassingDriver
from samples import environment

from harness.experiment.envelope import Envelope
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.experiment.scenario import Scenario
from harness.isolation import databases
from harness.isolation.gauge import Gauge, GroupCounters
from harness.isolation.protocol import Isolation, StackError
from harness.labs.crash.observer import Patience
from harness.labs.crash.scenarios import crashes
from harness.labs.crash.trial import run_crash_trial
from harness.labs.latency.round import LatencyRound
from harness.labs.side_by_side import run_side_by_side
from harness.machine.host_lock import exclusive
from harness.measure import warehouse
from harness.measure.golden_file import scenarios
from harness.measure.parquet import Parquet, read_parquet
from harness.measure.stack import Stack, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.contender import Contender
from harness.orchestrators.driver import Driver, RunState
from harness.orchestrators.manifest import Manifest
from harness.provision.built import Built
from harness.results.records import TrialRecord
from harness.results.trial_laws import trial_faults

pytestmark = [pytest.mark.integration, pytest.mark.first_in("process")]

RETRY = scenarios()["retry"]
"""A run of one month that takes more than 3 s, mostly between two attempts."""
PLAN = Plan(scenarios(), ())
ENVIRONMENT = environment(BASELINE.name)
NAMES = (f"absence-{number}" for number in range(100))


def run(stack: Stack, scenario: Scenario = RETRY, gauge: Gauge | None = None) -> TrialRecord:
    planned = PlannedTrial(scenario.name, cold=False, phase_offset_s=0)
    record = run_trial(stack, Place(1, "absence", next(NAMES)), planned, scenario, gauge)
    assert list(trial_faults(record, PLAN, ENVIRONMENT)) == [], "the audit judges as the trial did"
    return record


def admitted(record: TrialRecord) -> TrialRecord:
    return record


@pytest.fixture
def stopped(isolation: Isolation, build: Callable[[Manifest], Built]) -> Callable[..., list[Any]]:
    """Run a round in a separate process that is suspended at the start of a trial. Return its records."""
    build(BASELINE)

    def played(scenario: str, after_s: float, for_s: float, **manifest: object) -> list[Any]:
        trials = (
            PlannedTrial(scenario, cold=True, phase_offset_s=0),
            PlannedTrial("noop", cold=False, phase_offset_s=0),
        )
        planned = PlannedRound(1, BASELINE.name, "defaults", trials, rest_s=0.5)
        own = BASELINE.model_copy(update=manifest)
        contender = Contender(own, "defaults")
        each = LatencyRound(isolation, contender, Envelope(), PLAN, planned, 1, print, admitted, print)
        timers: list[threading.Timer] = []

        def doing(what: str) -> None:
            if scenario in what and not timers:
                (process,) = active_children()
                for seconds, number in ((after_s, signal.SIGSTOP), (after_s + for_s, signal.SIGCONT)):
                    timers.append(threading.Timer(seconds, os.kill, (process.pid, number)))
                    timers[-1].start()

        with exclusive():
            records = list(run_side_by_side([each], doing, 1))
        for timer in timers:
            timer.join()
        return records

    return played


@contextmanager
def meanwhile(do: Callable[[], object]) -> Iterator[None]:
    """Do something in parallel."""
    thread = threading.Thread(target=do)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_suspended_harness_says_so_and_tries_again(stopped: Callable[..., list[Any]]) -> None:
    """Ctrl-Z in the middle of a run, and `fg` later."""
    records = stopped("retry", after_s=1.5, for_s=2.5)
    late, again, after, end = records
    assert (late.outcome, late.reason) == ("error", f"the harness did not run for {late.absent_s:.1f} s")
    assert 2.0 < late.absent_s < 20
    assert late.state == RunState.SUCCESS, "the run itself came to its end"
    assert (again.trial, again.outcome, again.cold) == (f"{late.trial}-try2", "valid", True)
    assert (after.scenario, after.outcome, after.cold) == ("noop", "valid", False)
    assert end.failure == ""
    for record in (late, again, after):
        assert list(trial_faults(record, PLAN, ENVIRONMENT)) == []


class Hangs:
    """Passes everything on to a driver, except one method, which never returns."""

    def __init__(self, driver: Driver, method: str) -> None:
        self._driver, self._method = driver, method

    def __getattr__(self, name: str) -> Any:
        return self._hang if name == self._method else getattr(self._driver, name)

    def _hang(self, *_: object) -> None:
        time.sleep(3600)


@pytest.mark.parametrize("method", ["trigger", "state", "attempts"])
def test_a_driver_that_never_returns_ends_its_trial(stack: Stack, method: str) -> None:
    hanging: Any = Hangs(stack.driver.driver, method)
    record = run(replace(stack, driver=BoundedDriver(hanging, limit_s=0.5)), scenarios()["noop"])
    assert record.outcome == "error"
    assert f"the driver's `{method}` did not return in 0.5 s" in record.reason


class Trips(PassingDriver):
    """Raises an error for every state."""

    def state(self, _run: str) -> RunState:
        raise TypeError("'NoneType' object is not subscriptable")


@contextmanager
def locked(url: str, table: str) -> Iterator[None]:
    """Hold a lock on a table, like a stack that never ends its transaction."""
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (month text)")
        connection.commit()
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit every wait for a lock to one second."""
    monkeypatch.setattr(databases, "_OPTIONS", "-c search_path=pg_catalog -c lock_timeout=1s -c statement_timeout=2s")


@pytest.mark.usefixtures("brief")
def test_a_table_that_the_stack_keeps_locked_is_the_stacks_failure(stack: Stack) -> None:
    running = stack.running
    warehouse.reset(running.warehouse, running.exchange.output)
    with locked(running.warehouse.url, "flight"):
        exported = warehouse.verify(running.warehouse.own_url, running.exchange.output, RETRY.month)
        untouched = warehouse.verify_untouched(running.warehouse.own_url, running.exchange.output)
    kept = "flight: the stack held a lock on it for 30 s"
    assert kept in exported.difference
    assert untouched.difference == kept


def test_a_lock_ends_with_its_session_before_the_next_trial(stack: Stack) -> None:
    # The session is ended while it holds the lock.
    with suppress(psycopg.OperationalError), locked(stack.running.warehouse.url, "flight"):
        record = run(stack, scenarios()["noop"])
    assert record.outcome == "valid", record.reason


def test_a_server_that_never_answers_is_disconnected(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_OPTIONS", "")
    monkeypatch.setattr(databases, "_SESSION_LIMIT_S", 1.0)
    began_s = time.monotonic()
    with pytest.raises(psycopg.OperationalError), databases.session(stack.running.warehouse.own_url) as connection:
        connection.execute("SELECT pg_sleep(60)")
    assert time.monotonic() - began_s < 20


def waiting_reader(path: Path, key: list[str]) -> Parquet:
    time.sleep(3)
    return read_parquet(path, key)


def test_a_killed_reader_of_parquet_is_not_the_tools_fault(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse, "read_parquet", waiting_reader)

    def kill_readers() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for child in psutil.Process().children():
                if "spawn_main" in " ".join(child.cmdline()):
                    time.sleep(0.5)
                    child.kill()
                    return
            time.sleep(0.02)

    with meanwhile(kill_readers):
        record = run(stack)
    assert record.outcome == "error", record.reason
    assert record.reason == (
        "the output could not be verified: a helper process of the harness was killed (SIGKILL), possibly because "
        "memory ran out (see dmesg)"
    )
    assert record.output.difference == ""


def test_a_file_that_is_not_parquet_is_the_tools_fault(stack: Stack) -> None:
    running = stack.running
    assert run(stack).outcome == "valid"
    (written,) = running.exchange.output.iterdir()
    written.write_bytes(b"no parquet")
    left = warehouse.verify(running.warehouse.own_url, running.exchange.output, RETRY.month)
    assert "cannot be read" in left.difference


def test_missing_counters_are_named(stack: Stack, tmp_path: Path) -> None:
    gone = GroupCounters(tmp_path / "memory.stat", "anon", tmp_path / "cpu.stat")
    record = run(stack, scenarios()["noop"], Gauge((gone,), (gone,)))
    assert record.outcome == "error"
    assert record.reason.startswith(f"the kernel's counter {tmp_path}/cpu.stat is missing")


def test_a_full_disk_of_the_host_is_named(stack: Stack) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    faults = stack.running.exchange.faults
    assert faults.exists()
    # No file may grow beyond one byte. Python ignores the signal for that (signal(7), SIGXFSZ).
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        record = run_trial(
            stack, Place(1, "absence", next(NAMES)), PlannedTrial("retry", cold=False, phase_offset_s=0), RETRY, None
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert record.outcome == "error"
    assert record.reason == "cannot write this trial's faults: File too large"


def test_a_ready_that_never_returns_is_reported_at_the_limit(stack: Stack) -> None:
    brief = BASELINE.model_copy(update={"ready_limit_s": 2.0})
    hanging: Any = Hangs(stack.driver.driver, "ready")
    waiting = replace(
        stack, contender=replace(stack.contender, manifest=brief), driver=BoundedDriver(hanging, limit_s=0.5)
    )
    with pytest.raises(StackError, match=r"not ready after 2 s .*the driver's `ready` did not return in 0\.5 s"):
        wait_ready(waiting, time.monotonic_ns())


def test_a_driver_error_in_the_crash_lab_is_an_error_and_not_a_stuck_tool(stack: Stack) -> None:
    """Comes last, because its run may continue after it."""
    tripping = BoundedDriver(Trips(stack.driver.driver))
    place, patience = Place(1, "absence", next(NAMES)), Patience(limit_s=0.5)
    record = run_crash_trial(replace(stack, driver=tripping), place, crashes()["double-trigger"], patience)
    assert (record.outcome, record.finding) == ("error", None)
    assert "the driver failed: TypeError: 'NoneType' object is not subscriptable" in record.reason
