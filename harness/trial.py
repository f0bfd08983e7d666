"""One trial: reset, fault, trigger at a chosen phase, wait gently, verify, have it judged.

Knows a stack and a planned trial and returns one record; nothing of laps or files of records.
"""

import dataclasses
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from harness import warehouse
from harness.cgroup import Gauge
from harness.driver import ApiError, Attempt, Driver, Refused, RunState
from harness.judgement import Seen, disagreement, judge
from harness.load import Reading, read_load
from harness.plan import PlannedTrial
from harness.records import AttemptRecord, TrialRecord
from harness.scenario import RETRIES, SCENARIOS, Scenario
from harness.stack import Stack
from harness.timeline import Event, Phases, TimelineError, phases, read_events

EVENT_POLL_S = 0.02
"""How often the size of the event file is looked at: the end of the last step must be noticed at once."""
MEMORY_POLL_S = 0.25
"""How often memory is read for its peak."""
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

    load: Reading
    stack: tuple[float, float] | None


def run_trial(
    stack: Stack, lap: int, round_id: str, trial: str, planned: PlannedTrial, gauge: Gauge | None
) -> TrialRecord:
    """Run one trial to its end and return its record; what the orchestrator does wrong is in the record.

    Raises what the engine and the warehouse raise when the stack itself is gone.
    """
    scenario = SCENARIOS[planned.scenario]
    warehouse.reset(stack.warehouse_url, stack.output)
    _set_fault(stack, trial, scenario)
    time.sleep(planned.phase_offset_s)

    watch = _Watch()
    before = _read(gauge)
    used = _Used()
    error = ""
    told: Sequence[Attempt] | None = None
    try:
        run = _trigger(stack.driver, scenario, trial, watch)
        _wait(stack, run, trial, watch, gauge)
        used = _used(before, _read(gauge))
        if watch.state is not None:
            told = _account(stack.driver, run, read_events(stack.events, trial))
            if (later := stack.driver.state(run)) != watch.state:
                error = f"reported {watch.state}, later {later}"
    except Exception as failure:
        # Whatever a driver raises is its orchestrator's failed trial, never the benchmark's end.
        watch.finished_ns = watch.finished_ns or time.monotonic_ns()
        error = f"its API or its driver failed: {failure!r}"

    events = read_events(stack.events, trial)
    verdict = (
        warehouse.verify(stack.warehouse_url, stack.output, scenario.month)
        if scenario.exports
        else warehouse.verify_untouched(stack.warehouse_url, stack.output)
    )
    account = None if told is None else [AttemptRecord(**dataclasses.asdict(attempt)) for attempt in told]
    seen = Seen(watch.state, watch.finished_ns, events, account, verdict.difference, error)
    outcome, reason = judge(scenario, seen)
    return TrialRecord(
        at_s=time.time(),
        orchestrator=stack.manifest.name,
        profile=stack.profile,
        cpus=stack.envelope.cpus,
        memory_bytes=stack.envelope.memory_bytes,
        lap=lap,
        round=round_id,
        trial=trial,
        scenario=scenario.name,
        cold=planned.cold,
        outcome=outcome,
        reason=reason,
        state=watch.state or "none",
        refusals=watch.refusals,
        phase_offset_s=planned.phase_offset_s,
        poll_resolution_s=watch.resolution_s,
        sent_ns=watch.sent_ns,
        accepted_ns=watch.accepted_ns,
        finished_ns=watch.finished_ns,
        phases=_phases(events, watch) if watch.state is not None else None,
        events=events,
        attempts_told=account,
        output=dataclasses.asdict(verdict),
        peak_rss_bytes=watch.peak_rss_bytes,
        cpu_s=used.cpu_s,
        foreign_cpu_s=used.foreign_cpu_s,
        steal_s=used.steal_s,
        pressure_s=used.pressure_s,
        log=stack.log().splitlines() if outcome in ("hung", "error") else [],
    )


def run_once(stack: Stack, trial: str) -> TrialRecord:
    """Run the reference pipeline once, outside any benchmark."""
    return run_trial(stack, 0, trial, trial, PlannedTrial("etl", cold=True, phase_offset_s=0), None)


def _read(gauge: Gauge | None) -> _Meters:
    return _Meters(read_load(), (gauge.cpu_s(), gauge.stack_cpu_s()) if gauge else None)


def _used(before: _Meters, after: _Meters) -> _Used:
    cpu_s, foreign_s, pressure_s = None, None, None
    if before.stack and after.stack:
        cpu_s = after.stack[0] - before.stack[0]
        ours_s = after.stack[1] - before.stack[1] + after.load.harness_s - before.load.harness_s
        # The kernel counts the machine's time in ticks of 10 ms and ours in nanoseconds.
        foreign_s = max(0.0, after.load.busy_s - before.load.busy_s - ours_s)
    if before.load.pressure_s is not None and after.load.pressure_s is not None:
        pressure_s = after.load.pressure_s - before.load.pressure_s
    return _Used(cpu_s, foreign_s, after.load.steal_s - before.load.steal_s, pressure_s)


def _set_fault(stack: Stack, trial: str, scenario: Scenario) -> None:
    faults = [
        {"trial": trial, "step": step, "kind": "raise", "attempts": count} for step, count in scenario.failures.items()
    ]
    stack.faults.write_text(json.dumps(faults))


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


def _wait(stack: Stack, run: str, trial: str, watch: _Watch, gauge: Gauge | None) -> None:
    """Poll until the run's state is final or the manifest's limit has passed."""
    deadline_ns = watch.sent_ns + int(stack.manifest.limit_s(stack.profile) * 1e9)
    asked_ns = measured_ns = 0
    size = -1
    over = False
    while time.monotonic_ns() < deadline_ns:
        if not over and (now_size := stack.events.stat().st_size) != size:
            size = now_size
            over = _steps_over(read_events(stack.events, trial))
        if over or time.monotonic_ns() - asked_ns >= STATE_POLL_S * 1e9:
            watch.resolution_s = FINISH_POLL_S if over else STATE_POLL_S
            asked_ns = time.monotonic_ns()
            if _final(stack.driver, run, watch):
                return
        if gauge and time.monotonic_ns() - measured_ns >= MEMORY_POLL_S * 1e9:
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


def _steps_over(events: Sequence[Event]) -> bool:
    """Whether no further step is to be expected: export succeeded, or a step used up its attempts."""
    return any(
        event.event == "ended"
        and (
            (event.step == "export" and event.outcome == "success")
            or (event.outcome == "failure" and event.attempt > RETRIES)
        )
        for event in events
    )


def _account(driver: Driver, run: str, events: Sequence[Event]) -> Sequence[Attempt] | None:
    """Read the orchestrator's own account of attempts; what is written behind the run gets some time to be true."""
    deadline = time.monotonic() + _ACCOUNT_LIMIT_S
    while True:
        told = driver.attempts(run)
        if not disagreement(events, told) or time.monotonic() > deadline:
            return told
        time.sleep(0.25)


def _phases(events: Sequence[Event], watch: _Watch) -> Phases | None:
    try:
        return phases(events, watch.sent_ns, watch.accepted_ns, watch.finished_ns)
    except TimelineError:
        return None
