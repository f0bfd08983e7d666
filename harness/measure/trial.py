"""One trial: reset, fault, trigger at a chosen phase, wait gently, verify, have it judged.

Knows a stack and a planned trial and returns one record; nothing of laps or files of records.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from harness.experiment.judgement import Seen, disagreement, judge
from harness.experiment.plan import PlannedTrial
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Event, Phases, TimelineError, phases, read_events
from harness.isolation.protocol import Exchange, Gauge
from harness.measure import warehouse
from harness.measure.host_load import Reading, read_host_load
from harness.measure.stack import Stack
from harness.orchestrators.driver import ApiError, Attempt, Driver, Refused, RunState
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


@dataclass
class _Watch:
    """What was seen of one run from its trigger on."""

    sent_ns: int = 0
    accepted_ns: int = 0
    finished_ns: int = 0
    refusals: int = 0
    state: RunState | None = None
    resolution_s: float = FINISH_POLL_S
    peak_rss_bytes: int | None = None


@dataclass(frozen=True)
class _Used:
    """CPU seconds between two readings: the orchestrator's, everybody else's, and what was stolen or waited for."""

    cpu_s: float | None = None
    foreign_cpu_s: float | None = None
    steal_s: float | None = None
    pressure_s: float | None = None


@dataclass(frozen=True)
class _Meters:
    """Where all counters stood at one moment, in CPU seconds.

    `stack` is the orchestrator's and the whole stack's; `None` where the host does not show them.
    """

    host: Reading
    stack: tuple[float, float] | None


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

    Raises what the isolation and the warehouse raise when the stack itself is gone.
    """
    running, trial = stack.running, place.trial
    warehouse.reset(running.warehouse_url, running.exchange.output)
    _set_fault(running.exchange, trial, scenario)
    time.sleep(planned.phase_offset_s)

    watch = _Watch()
    before = _read(gauge, lane)
    used = _Used()
    error = ""
    told: list[Attempt] | None = None
    try:
        run = _trigger(stack.driver, scenario, trial, watch)
        _wait(stack, run, trial, scenario, watch, gauge)
        used = _used(before, _read(gauge, lane))
        if watch.state is not None:
            told = _account(stack.driver, run, read_events(running.exchange.events, trial))
            if (later := stack.driver.state(run)) != watch.state:
                error = f"reported {watch.state}, later {later}"
    except Exception as failure:
        # Whatever a driver raises is its orchestrator's failed trial, never the benchmark's end.
        watch.finished_ns = watch.finished_ns or time.monotonic_ns()
        error = f"its API or its driver failed: {failure!r}"

    events = read_events(running.exchange.events, trial)
    output = (
        warehouse.verify(running.warehouse_url, running.exchange.output, scenario.month)
        if scenario.exports
        else warehouse.verify_untouched(running.warehouse_url, running.exchange.output)
    )
    seen = Seen(watch.state, watch.finished_ns, events, told, output.difference, error)
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
        log=running.log().splitlines() if outcome in ("hung", "error") else [],
    )


def _read(gauge: Gauge | None, lane: tuple[int, ...]) -> _Meters:
    return _Meters(read_host_load(lane), (gauge.cpu_s(), gauge.stack_cpu_s()) if gauge else None)


def _used(before: _Meters, after: _Meters) -> _Used:
    cpu_s, foreign_s = None, None
    busy_s = _between(before.host.busy_s, after.host.busy_s)
    if before.stack and after.stack:
        cpu_s = after.stack[0] - before.stack[0]
        ours_s = after.stack[1] - before.stack[1] + after.host.harness_s - before.host.harness_s
        # The kernel counts the machine's time in ticks of 10 ms and ours in nanoseconds.
        foreign_s = None if busy_s is None else max(0.0, busy_s - ours_s)
    return _Used(
        cpu_s,
        foreign_s,
        _between(before.host.steal_s, after.host.steal_s),
        _between(before.host.pressure_s, after.host.pressure_s),
    )


def _between(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _set_fault(exchange: Exchange, trial: str, scenario: Scenario) -> None:
    faults = [
        {"trial": trial, "step": step, "kind": "raise", "attempts": count} for step, count in scenario.failures.items()
    ]
    exchange.faults.write_text(json.dumps(faults))


def _trigger(driver: Driver, scenario: Scenario, trial: str, watch: _Watch) -> str:
    """Send the trigger until it is accepted; time counts from the first try, and refusals are counted."""
    watch.sent_ns = time.monotonic_ns()
    while True:
        try:
            run = driver.trigger(scenario.workload, {"trial": trial, "month": scenario.month})
        except Refused:
            watch.refusals += 1
            if (time.monotonic_ns() - watch.sent_ns) / 1e9 > _REFUSAL_LIMIT_S:
                raise
            time.sleep(_REFUSAL_PAUSE_S)
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
        if not over and (now_size := file.stat().st_size) != size:
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
        state = driver.state(run)
    except (httpx.HTTPError, ApiError):
        # A busy server may fail to answer one poll; the trial's limit ends a server that never answers again.
        return False
    if state.final:
        watch.finished_ns = time.monotonic_ns()
        watch.state = state
    return state.final


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
        told = driver.attempts(run)
        if not disagreement(events, told) or time.monotonic() > deadline:
            return None if told is None else list(told)
        time.sleep(0.25)


def _phases(events: Sequence[Event], watch: _Watch) -> Phases | None:
    try:
        return phases(events, watch.sent_ns, watch.accepted_ns, watch.finished_ns)
    except TimelineError:
        return None
