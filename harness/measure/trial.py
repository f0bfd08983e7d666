"""Runs one trial: reset, fault, trigger at a chosen phase, wait, verify, judge.

Knows a stack and a planned trial and returns one record, but knows no laps or record files.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import psycopg

from harness.errors import HarnessError, origin
from harness.experiment.golden import Content, Output
from harness.experiment.judgement import MOST_ATTEMPTS, TrialEvidence, absent, disagreement, judge
from harness.experiment.plan import PlannedTrial
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Event, Phases, TimelineError, phases
from harness.experiment.traits import waiting_share
from harness.isolation.gauge import Gauge
from harness.isolation.protocol import Running
from harness.measure import warehouse
from harness.measure.meters import Sampler, Used, clocks_apart_s, read_meters, used_between
from harness.measure.presence import Presence, present
from harness.measure.run_end import events_of, wait_for_end
from harness.measure.stack import Stack
from harness.measure.subprocesses import SubprocessKilled
from harness.measure.trigger import (
    ACCOUNT_LIMIT_S,
    POLL_FAILED,
    RunObservation,
    asked_until_answered,
    runs_known,
    send_trigger,
)
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import Attempt
from harness.results.records import TrialRecord

_LONGEST_NAME = 100


@dataclass(frozen=True)
class Place:
    """The place of a trial in its benchmark: the ids and numbers that its record has."""

    lap: int
    round: str
    trial: str
    round_number: int = 1
    round_try: int = 1
    trial_number: int = 1
    trial_try: int = 1


def run_trial(
    stack: Stack,
    place: Place,
    planned: PlannedTrial,
    scenario: Scenario,
    gauge: Gauge | None,
    lane: tuple[int, ...] = (),
) -> TrialRecord:
    """Run one trial to its end and return its record, which shows faults of the orchestrator.

    `lane` are the CPUs on which foreign load counts, if other rounds run in parallel.

    Raises `psycopg.OperationalError` if the warehouse is unreachable, and the isolation's own errors.
    """
    with present() as presence:
        return _run(stack, place, planned, scenario, Sampler(gauge), lane, presence)


def _run(
    stack: Stack,
    place: Place,
    planned: PlannedTrial,
    scenario: Scenario,
    sampler: Sampler,
    lane: tuple[int, ...],
    presence: Presence,
) -> TrialRecord:
    running, trial, gauge = stack.running, place.trial, sampler.gauge
    watch = RunObservation(sent_ns=time.monotonic_ns())
    used = Used()
    error = ""
    told: list[Attempt] | None = None
    apart_s = clocks_apart_s()
    try:
        warehouse.reset(running.warehouse, running.exchange.output)
        running.exchange.clear()
        running.exchange.set_faults(
            [{"trial": trial, "step": step, "kind": "raise", "attempts": n} for step, n in scenario.failures.items()]
        )
        time.sleep(planned.phase_offset_s)
        before = read_meters(gauge, lane)
        sampler.sample_cpu(now=True)
        run = send_trigger(stack, scenario, trial, watch)
        wait_for_end(stack, run, trial, scenario, watch, sampler, presence)
        used = used_between(before, read_meters(gauge, lane))
        if watch.state is not None:
            told = _account(stack.driver, run, events_of(running.exchange, trial)[0])
            if watch.refusals and (runs := runs_known(stack.driver, scenario.workload, trial)) is not None:
                watch.runs_told = len(runs)
            if (later := asked_until_answered(lambda: stack.driver.status(run)).state) != watch.state:
                error = f"the tool reported {watch.state} and later {later}"
    except psycopg.OperationalError as failure:
        if not absent(presence.absent_s):
            # The warehouse is gone, so the stack is lost.
            raise
        watch.finished_ns = watch.finished_ns or time.monotonic_ns()
        error = str(failure)
    except Exception as failure:
        # Any other error ends only this trial, never the benchmark.
        watch.finished_ns = watch.finished_ns or time.monotonic_ns()
        error = _words(failure, stack)

    events, strangers, unreadable = events_of(running.exchange, trial)
    output, unverified = _verified(running, scenario, presence)
    output = _with_odd_files(output, {running.exchange.events.name: unreadable, **running.exchange.odd_faults()})
    seen = TrialEvidence(
        state=watch.state,
        sent_ns=watch.sent_ns,
        finished_ns=watch.finished_ns,
        events=events,
        told=told,
        difference=output.difference,
        error=error or unverified,
        ended_told_s=watch.ended_told_s,
        strangers=strangers,
        clock_step_s=clocks_apart_s() - apart_s,
        runs_told=watch.runs_told,
        absent_s=presence.absent_s,
    )
    outcome, reason = judge(scenario, seen)
    return TrialRecord(
        at_s=time.time(),
        orchestrator=stack.contender.name,
        profile=stack.contender.profile,
        **vars(place),
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
        peak_rss_bytes=sampler.peak_rss_bytes,
        rss_period_s=gauge.period_s if gauge else None,
        **vars(used),
        ended_told_s=seen.ended_told_s,
        strangers=strangers,
        clock_step_s=seen.clock_step_s,
        absent_s=seen.absent_s,
        runs_told=watch.runs_told,
        waiting_share=waiting_share(sampler.cpu_readings, events) if watch.state is not None else None,
        cpu_period_s=gauge.cpu_period_s if gauge else None,
        log=running.log().splitlines() if outcome in ("hung", "error") else [],
    )


def _words(failure: Exception, stack: Stack) -> str:
    if isinstance(failure, HarnessError):
        return str(failure)
    whose = "the tool's API or its driver" if stack.driver.failed(failure) else "the harness"
    return f"{whose} failed: {origin(failure, stack.contender.manifest.folder)}"


def _verified(running: Running, scenario: Scenario, presence: Presence) -> tuple[Output, str]:
    """Return a trial's output, and why it could not be verified, if so."""
    try:
        if scenario.exports:
            return warehouse.verify(running.warehouse.own_url, running.exchange.output, scenario.month), ""
        return warehouse.verify_untouched(running.warehouse.own_url, running.exchange.output), ""
    except (SubprocessKilled, OSError) as error:
        return Output(), f"the output could not be verified: {error}"
    except psycopg.OperationalError as error:
        if not absent(presence.absent_s):
            raise
        return Output(), str(error)


def _with_odd_files(output: Output, words: Mapping[str, str]) -> Output:
    """Return a trial's output together with odd files of the exchange folder and their faults."""
    odd = {name: Content(rows=0) for name, why in words.items() if why}
    difference = "; ".join(filter(None, (*words.values(), output.difference)))
    return output.model_copy(update={"files": {**output.files, **odd}, "difference": difference})


def _account(driver: BoundedDriver, run: str, events: Sequence[Event]) -> list[Attempt] | None:
    """Read the orchestrator's attempt history. A history that lags behind the run gets time to complete."""
    deadline = time.monotonic() + ACCOUNT_LIMIT_S
    while True:
        try:
            told = driver.attempts(run)
            if not disagreement(events, told) or time.monotonic() > deadline:
                # Keep enough of it to show that it is too long, with shortened names.
                return told and [replace(each, step=each.step[:_LONGEST_NAME]) for each in told[: MOST_ATTEMPTS + 1]]
        except POLL_FAILED:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.25)


def _phases(events: Sequence[Event], watch: RunObservation) -> Phases | None:
    try:
        return phases(events, watch.sent_ns, watch.accepted_ns, watch.finished_ns)
    except TimelineError:
        return None
