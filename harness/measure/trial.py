"""One trial: reset, fault, trigger at a chosen phase, wait gently, verify, have it judged.

Knows a stack and a planned trial and returns one record; nothing of laps or files of records.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import stamina

from harness.errors import origin
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
from harness.orchestrators.driver import ApiError, Attempt, Driver, Refused, RunState, Told
from harness.results.records import TrialRecord

EVENT_POLL_S = 0.02
"""How often the size of the event file is looked at: the end of the last step must be noticed at once."""
STATE_POLL_S = 1.0
"""How often the API is asked while steps run: seldom, so that answering does not slow what is measured."""
FINISH_POLL_S = 0.02
"""How often the API is asked once the last step has ended: the resolution of `finish`."""
_REFUSAL_PAUSE_S = 0.1
_REFUSAL_LIMIT_S = 60.0
_ACCOUNT_LIMIT_S = 10.0
POLL_FAILED = (httpx.HTTPError, ApiError)
"""What a driver's polls may raise, of every orchestrator alike: asked again until a limit."""


@dataclass
class _Watch:
    """What was seen of one run from its trigger on."""

    sent_ns: int = 0
    accepted_ns: int = 0
    finished_ns: int = 0
    refusals: int = 0
    state: RunState | None = None
    ended_told_s: float | None = None
    resolution_s: float = FINISH_POLL_S
    peak_rss_bytes: int | None = None


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
    watch = _Watch(sent_ns=time.monotonic_ns())
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
        run = _trigger(stack, scenario, trial, watch)
        _wait(stack, run, trial, scenario, watch, gauge)
        used = used_between(before, read_meters(gauge, lane))
        if watch.state is not None:
            told = _account(stack.driver, run, read_events(running.exchange.events, trial))
            if (later := _asked(stack.driver, run).state) != watch.state:
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
    exchange.faults.write_text(json.dumps(faults))


def _trigger(stack: Stack, scenario: Scenario, trial: str, watch: _Watch) -> str:
    """Send the trigger until it is accepted; time counts from the first try, and refusals are counted.

    Raises `ApiError` when a trigger that was refused has started a run after all.
    """
    watch.sent_ns = time.monotonic_ns()
    while True:
        try:
            run = stack.driver.trigger(scenario.workload, {"trial": trial, "month": scenario.month})
        except Refused:
            watch.refusals += 1
            if (time.monotonic_ns() - watch.sent_ns) / 1e9 > _REFUSAL_LIMIT_S:
                raise
            time.sleep(_REFUSAL_PAUSE_S)
            if read_events(stack.running.exchange.events, trial):
                raise ApiError("its trigger was refused, and started a run all the same") from None
        else:
            watch.accepted_ns = time.monotonic_ns()
            return run


def _wait(stack: Stack, run: str, trial: str, scenario: Scenario, watch: _Watch, gauge: Gauge | None) -> None:
    """Poll until the run's state is final or the manifest's limit has passed."""
    deadline_ns = watch.sent_ns + int(stack.limit_s * 1e9)
    file = stack.running.exchange.events
    asked_ns = measured_ns = 0
    size = -1
    over = False
    while time.monotonic_ns() < deadline_ns:
        if not over and (now_size := events_size(file)) != size:
            size = now_size
            over = _steps_over(read_events(file, trial), scenario.retries)
        if over or time.monotonic_ns() - asked_ns >= STATE_POLL_S * 1e9:
            watch.resolution_s = FINISH_POLL_S if over else STATE_POLL_S
            asked_ns = time.monotonic_ns()
            if _final(stack.driver, run, watch):
                return
        if gauge and time.monotonic_ns() - measured_ns >= gauge.period_s * 1e9:
            measured_ns = time.monotonic_ns()
            watch.peak_rss_bytes = max(watch.peak_rss_bytes or 0, gauge.rss_bytes())
        time.sleep(FINISH_POLL_S if over else EVENT_POLL_S)
    watch.finished_ns = time.monotonic_ns()


def _final(driver: Driver, run: str, watch: _Watch) -> bool:
    try:
        told = _told(driver, run)
    except POLL_FAILED:
        # A busy server may fail to answer one poll; the trial's limit ends a server that never answers again.
        return False
    if told.state.final:
        watch.finished_ns = time.monotonic_ns()
        watch.state, watch.ended_told_s = told.state, told.ended_s
    return told.state.final


def _asked(driver: Driver, run: str) -> Told:
    """Return what an orchestrator tells of a run, asking again where it fails to answer."""
    for attempt in stamina.retry_context(
        on=POLL_FAILED, attempts=None, timeout=_ACCOUNT_LIMIT_S, wait_initial=0.25, wait_max=1.0
    ):
        with attempt:
            told = _told(driver, run)
    return told


def _told(driver: Driver, run: str) -> Told:
    answer = driver.state(run)
    return answer if isinstance(answer, Told) else Told(answer)


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
    deadline = time.monotonic() + _ACCOUNT_LIMIT_S
    while True:
        try:
            told = driver.attempts(run)
            if not disagreement(events, told) or time.monotonic() > deadline:
                return None if told is None else list(told)
        except POLL_FAILED:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.25)


def _phases(events: Sequence[Event], watch: _Watch) -> Phases | None:
    try:
        return phases(events, watch.sent_ns, watch.accepted_ns, watch.finished_ns)
    except TimelineError:
        return None
