"""One trial: reset, fault, trigger at a chosen phase, wait gently, verify, have it judged.

Knows a stack and a planned trial and returns one record; nothing of laps or files of records.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from harness.errors import origin
from harness.experiment.activity import waiting_share
from harness.experiment.judgement import Seen, disagreement, judge
from harness.experiment.plan import PlannedTrial
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import (
    Event,
    EventsError,
    Phases,
    TimelineError,
    events_size,
    phases,
    read_all_events,
    read_events,
)
from harness.isolation.protocol import Exchange, Gauge
from harness.measure import warehouse
from harness.measure.meters import Used, clocks_apart_s, read_meters, used_between
from harness.measure.stack import Stack
from harness.measure.trigger import (
    ACCOUNT_LIMIT_S,
    POLL_FAILED,
    asked_until_answered,
    runs_known,
    send_trigger,
)
from harness.measure.watch import EVENT_POLL_S, STATE_POLL_S, Watch, finish_poll_s
from harness.orchestrators.answers import attempts_of, told_of
from harness.orchestrators.driver import Attempt, Driver
from harness.results.records import TrialRecord


@dataclass(frozen=True)
class Place:
    """Where a trial stands in its benchmark: lap, round and its own id."""

    lap: int
    round: str
    trial: str


def run_trial(
    stack: Stack,
    place: Place,
    planned: PlannedTrial,
    scenario: Scenario,
    gauge: Gauge | None,
    lane: tuple[int, ...] = (),
) -> TrialRecord:
    """Run one trial to its end and return its record; what the orchestrator does wrong is in the record.

    `lane` are the CPUs on which foreign load counts, where other rounds run beside this one.

    Raises `psycopg.OperationalError` when the warehouse is out of reach, and what the isolation raises.
    """
    running, trial = stack.running, place.trial
    watch = Watch(sent_ns=time.monotonic_ns())
    used = Used()
    error = ""
    told: list[Attempt] | None = None
    apart_s = clocks_apart_s()
    try:
        warehouse.reset(running.warehouse_url, running.exchange.output)
        running.exchange.clear()
        _set_fault(running.exchange, trial, scenario)
        time.sleep(planned.phase_offset_s)
        before = read_meters(gauge, lane)
        _read_cpu(gauge, watch)
        run = send_trigger(stack, scenario, trial, watch)
        _wait(stack, run, trial, scenario, watch, gauge)
        used = used_between(before, read_meters(gauge, lane))
        if watch.state is not None:
            told = _account(stack.driver, run, read_events(running.exchange.events, trial))
            if watch.refusals and (runs := runs_known(stack.driver, scenario.workload, trial)) is not None:
                watch.runs_told = len(runs)
            if (later := asked_until_answered(lambda: told_of(stack.driver, run)).state) != watch.state:
                error = f"reported {watch.state}, later {later}"
    except psycopg.OperationalError:
        # The warehouse is gone, and with it the stack.
        raise
    except Exception as failure:
        # Whatever else goes wrong is this one trial's end, never the benchmark's.
        watch.finished_ns = watch.finished_ns or time.monotonic_ns()
        error = _words(failure, stack.manifest.folder)

    events, strangers, unreadable = _events(running.exchange, trial)
    output = (
        warehouse.verify(running.warehouse_url, running.exchange.output, scenario.month)
        if scenario.exports
        else warehouse.verify_untouched(running.warehouse_url, running.exchange.output)
    )
    seen = Seen(
        state=watch.state,
        sent_ns=watch.sent_ns,
        finished_ns=watch.finished_ns,
        events=events,
        told=told,
        difference=output.difference,
        error=error or unreadable,
        ended_told_s=watch.ended_told_s,
        strangers=strangers,
        clock_step_s=clocks_apart_s() - apart_s,
        runs_told=watch.runs_told,
    )
    outcome, reason = judge(scenario, seen)
    return TrialRecord(
        at_s=time.time(),
        orchestrator=stack.manifest.name,
        profile=stack.profile,
        lap=place.lap,
        round=place.round,
        trial=trial,
        scenario=scenario.name,
        cold=planned.cold,
        outcome=outcome,
        reason=reason,
        state=watch.state,
        refusals=watch.refusals,
        phase_offset_s=planned.phase_offset_s,
        poll_resolution_s=watch.resolution_s,
        sent_ns=watch.sent_ns,
        accepted_ns=watch.accepted_ns,
        finished_ns=watch.finished_ns,
        phases=_phases(events, watch) if watch.state is not None else None,
        events=events,
        attempts_told=told,
        output=output,
        peak_rss_bytes=watch.peak_rss_bytes,
        rss_period_s=gauge.period_s if gauge else None,
        cpu_s=used.cpu_s,
        foreign_cpu_s=used.foreign_cpu_s,
        steal_s=used.steal_s,
        pressure_s=used.pressure_s,
        ended_told_s=seen.ended_told_s,
        strangers=strangers,
        clock_step_s=seen.clock_step_s,
        runs_told=watch.runs_told,
        waiting_share=waiting_share(watch.cpu_readings, events) if watch.state is not None else None,
        cpu_period_s=gauge.cpu_period_s if gauge else None,
        log=running.log().splitlines() if outcome in ("hung", "error") else [],
    )


def _words(failure: Exception, folder: Path) -> str:
    if isinstance(failure, EventsError):
        return str(failure)
    return f"its API or its driver failed: {origin(failure, folder)}"


def _events(exchange: Exchange, trial: str) -> tuple[list[Event], list[str], str]:
    """Return a trial's events, the other trials of which events came, and why neither can be told, if so."""
    try:
        events = read_all_events(exchange.events)
    except EventsError as error:
        return [], [], str(error)
    own = [event for event in events if event.trial == trial]
    return own, sorted({event.trial for event in events} - {trial}), ""


def _set_fault(exchange: Exchange, trial: str, scenario: Scenario) -> None:
    faults = [
        {"trial": trial, "step": step, "kind": "raise", "attempts": count} for step, count in scenario.failures.items()
    ]
    exchange.set_faults(faults)


def _wait(stack: Stack, run: str, trial: str, scenario: Scenario, watch: Watch, gauge: Gauge | None) -> None:
    """Poll until the run's state is final or the manifest's limit has passed."""
    deadline_ns = watch.sent_ns + int(stack.limit_s * 1e9)
    file = stack.running.exchange.events
    asked_ns = measured_ns = 0
    size = -1
    over_ns = 0
    poll_s = STATE_POLL_S
    while time.monotonic_ns() < deadline_ns:
        if not over_ns and (now_size := events_size(file)) != size:
            size = now_size
            if _steps_over(read_events(file, trial), scenario.retries):
                over_ns = time.monotonic_ns()
        if over_ns:
            poll_s = finish_poll_s((time.monotonic_ns() - over_ns) / 1e9)
        if over_ns or time.monotonic_ns() - asked_ns >= STATE_POLL_S * 1e9:
            watch.resolution_s = poll_s
            asked_ns = time.monotonic_ns()
            if _final(stack.driver, run, watch):
                _read_cpu(gauge, watch)
                return
        if gauge and time.monotonic_ns() - measured_ns >= gauge.period_s * 1e9:
            measured_ns = time.monotonic_ns()
            watch.peak_rss_bytes = max(watch.peak_rss_bytes or 0, gauge.rss_bytes())
        if gauge and time.monotonic_ns() - watch.cpu_readings[-1][0] >= gauge.cpu_period_s * 1e9:
            _read_cpu(gauge, watch)
        time.sleep(poll_s if over_ns else EVENT_POLL_S)
    watch.finished_ns = time.monotonic_ns()


def _read_cpu(gauge: Gauge | None, watch: Watch) -> None:
    if gauge:
        watch.cpu_readings.append((time.monotonic_ns(), gauge.cpu_s()))


def _final(driver: Driver, run: str, watch: Watch) -> bool:
    try:
        told = told_of(driver, run)
    except POLL_FAILED:
        # A busy server may fail to answer one poll; the trial's limit ends a server that never answers again.
        return False
    if told.state.final:
        watch.finished_ns = time.monotonic_ns()
        watch.state, watch.ended_told_s = told.state, told.ended_s
    return told.state.final


def _steps_over(events: Sequence[Event], retries: int) -> bool:
    """Whether no further step is to be expected: export succeeded, or a step used up its attempts."""
    return any(
        event.event == "ended"
        and (
            (event.step == "export" and event.outcome == "success")
            or (event.outcome == "failure" and event.attempt > retries)
        )
        for event in events
    )


def _account(driver: Driver, run: str, events: Sequence[Event]) -> list[Attempt] | None:
    """Read the orchestrator's own account of attempts; one that is written behind the run gets time to be complete."""
    deadline = time.monotonic() + ACCOUNT_LIMIT_S
    while True:
        try:
            told = attempts_of(driver, run)
            if not disagreement(events, told) or time.monotonic() > deadline:
                return told
        except POLL_FAILED:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.25)


def _phases(events: Sequence[Event], watch: Watch) -> Phases | None:
    try:
        return phases(events, watch.sent_ns, watch.accepted_ns, watch.finished_ns)
    except TimelineError:
        return None
