"""One trial: reset, fault, trigger at a chosen phase, wait gently, verify, judge.

Knows a stack and a planned trial and returns one record; nothing of laps or files of records.
"""

import dataclasses
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from harness import warehouse
from harness.cgroup import Counters
from harness.driver import ApiError, Attempt, Driver, Refused, RunState
from harness.plan import PlannedTrial
from harness.records import AttemptRecord, Outcome, TrialRecord
from harness.scenario import RETRIES, SCENARIOS, Scenario
from harness.stack import Stack
from harness.timeline import Event, Phases, TimelineError, attempts, phases, read_events

EVENT_POLL_S = 0.25
"""How often the event file is looked at while steps run: a read of a small local file."""
STATE_POLL_S = 1.0
"""How often the API is asked while steps run: seldom, so that answering does not slow what is measured."""
FINISH_POLL_S = 0.02
"""How often the API is asked once the last step has ended: the resolution of `finish`."""
_REFUSAL_PAUSE_S = 0.1
_REFUSAL_LIMIT_S = 60.0
_ACCOUNT_LIMIT_S = 5.0


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


def run_trial(
    stack: Stack, lap: int, round_id: str, trial: str, planned: PlannedTrial, counters: Counters | None
) -> TrialRecord:
    """Run one trial to its end and return its record; what the orchestrator does wrong is in the record.

    Raises what the engine and the warehouse raise when the stack itself is gone.
    """
    scenario = SCENARIOS[planned.scenario]
    warehouse.reset(stack.warehouse_url, stack.output)
    _set_fault(stack, trial, scenario)
    time.sleep(planned.phase_offset_s)

    watch = _Watch()
    cpu_before_s = counters.cpu_s() if counters else None
    error = ""
    told: Sequence[Attempt] = ()
    try:
        run = _trigger(stack.driver, scenario, trial, watch)
        _wait(stack, run, trial, watch, counters)
        cpu_s = counters.cpu_s() - cpu_before_s if counters and cpu_before_s is not None else None
        if watch.state is not None:
            told = _account(stack.driver, run, _starts(read_events(stack.events, trial)))
            if (later := stack.driver.state(run)) != watch.state:
                error = f"reported {watch.state}, later {later}"
    except Exception as failure:
        # Whatever a driver raises is its orchestrator's failed trial, never the benchmark's end.
        watch.finished_ns = watch.finished_ns or time.monotonic_ns()
        cpu_s = None
        error = f"its API or its driver failed: {failure!r}"

    events = read_events(stack.events, trial)
    verdict = (
        warehouse.verify(stack.warehouse_url, stack.output, scenario.month)
        if scenario.exports
        else warehouse.verify_untouched(stack.warehouse_url, stack.output)
    )
    outcome, reason = judge(scenario, watch.state, events, verdict.difference, error, stack.manifest.trial_limit_s)
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
        attempts_told=[AttemptRecord(**dataclasses.asdict(attempt)) for attempt in told],
        output=dataclasses.asdict(verdict),
        peak_rss_bytes=watch.peak_rss_bytes,
        cpu_s=cpu_s,
        log=stack.log().splitlines() if outcome in ("hung", "error") else [],
    )


def run_once(stack: Stack, trial: str) -> TrialRecord:
    """Run the reference pipeline once, outside any benchmark."""
    return run_trial(stack, 0, trial, trial, PlannedTrial("etl", cold=True, phase_offset_s=0), None)


def judge(
    scenario: Scenario,
    state: RunState | None,
    events: Sequence[Event],
    difference: str,
    error: str,
    limit_s: float,
) -> tuple[Outcome, str]:
    """Say what a trial amounts to, and why if it is not valid."""
    if error:
        return "error", error
    if state is None:
        return "hung", f"no final state within {limit_s:.0f} s"
    wanted = RunState.SUCCESS if scenario.succeeds else RunState.FAILED
    if state != wanted:
        return "failed", f"ended {state}, expected {wanted}"
    if difference:
        return "invalid", difference
    counts = attempts(events)
    for step in scenario.attempts:
        if counts[step] != scenario.attempts[step]:
            return "failed", f"{step} was started {counts[step]} times, expected {scenario.attempts[step]}"
    return "valid", ""


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


def _wait(stack: Stack, run: str, trial: str, watch: _Watch, counters: Counters | None) -> None:
    """Poll until the run's state is final or the manifest's limit has passed."""
    deadline_ns = watch.sent_ns + int(stack.manifest.trial_limit_s * 1e9)
    asked_ns = 0
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
        if counters:
            watch.peak_rss_bytes = max(watch.peak_rss_bytes or 0, counters.rss_bytes())
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


def _account(driver: Driver, run: str, starts: int) -> Sequence[Attempt]:
    """Read the orchestrator's own account of attempts, waiting a little for one that is written late."""
    deadline = time.monotonic() + _ACCOUNT_LIMIT_S
    while True:
        told = driver.attempts(run)
        if len(told) >= starts or not told or time.monotonic() > deadline:
            return told
        time.sleep(0.25)


def _starts(events: Sequence[Event]) -> int:
    return sum(attempts(events).values())


def _phases(events: Sequence[Event], watch: _Watch) -> Phases | None:
    try:
        return phases(events, watch.sent_ns, watch.accepted_ns, watch.finished_ns)
    except TimelineError:
        return None
