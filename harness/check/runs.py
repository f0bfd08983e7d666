"""Checks of runs by their records: faults, and how to fix them in the pipeline."""

from collections.abc import Callable, Iterable, Iterator

from harness.check.verdict import Blocked, Fault, NotAsked
from harness.experiment.judgement import OWN_END_TOLERANCE_S, STAMP_TOLERANCE_S, disagreement
from harness.experiment.retry_rule import retry_rule
from harness.experiment.scenario import RETRIES, RETRY_DELAY_S
from harness.experiment.timeline import STEPS, attempts, rerun_steps, retry_delays_s
from harness.isolation.exchange import EVENTS, FAULTS
from harness.measure.stack import Stack
from harness.orchestrators.answers import poll_status, runs_of
from harness.orchestrators.driver import RunState
from harness.orchestrators.lock import Lock, read_lock
from harness.orchestrators.manifest import Manifest
from harness.results.records import TrialRecord

_LONGEST_WAIT_S = 10.0
"""How much later than delay and polling period a retry may come, because a process has to start."""
_LEAST_BYTES, _LEAST_CPU_S = 50e6, 0.3
_SET_RETRIES = f"set {RETRIES} retries and a constant delay of {RETRY_DELAY_S:g} s per step, as the tool documents it"
_HINTS = {
    "error": "see the named line of the driver. Only HTTP errors and ApiError may escape from a poll",
    "hung": "see in the UI (`orchbench ui`) and in the log what the run waits for, or increase `trial_limit_s`",
    "failed": "see docs/contribute/contract.md for the requirements, and the log below",
    "invalid": "pass `month` and the DataFrames on unchanged (docs/method/pipeline.md)",
}


def valid(record: TrialRecord, log: Callable[[], str]) -> Iterator[Fault]:
    """Check that a run did what its scenario demands and left verified output."""
    if record.outcome == "valid":
        return
    idle = "" if record.events else " (no step was started)"
    what = f"trial `{record.scenario}`: {record.reason}{idle}"
    yield Fault(what, _hint(record), "\n".join(record.log) or log())


def _hint(record: TrialRecord) -> str:
    if not record.events and record.strangers:
        return "pass the parameter `trial` to every step, as the tool passes parameters"
    if not record.events and record.outcome == "hung":
        return "no step was started: is the pipeline registered with its workload's name, and does a worker run?"
    if record.outcome == "invalid" and {EVENTS, FAULTS}.intersection(record.output.files):
        return "leave $ORCHBENCH_EVENTS and $ORCHBENCH_FAULTS to the probe, which reference.steps calls"
    return _HINTS[record.outcome]


def month(record: TrialRecord, year_rows: int) -> Iterator[Fault]:
    """Check that the parameter `month` reaches the steps and that the month's output is correct.

    Raises `Blocked` if the run did not export. The checks of retries then explain why.
    """
    if not any((event.step, event.outcome) == ("export", "success") for event in record.events):
        raise Blocked(f"the run `{record.scenario}` did not export")
    flights = record.output.tables.get("flight")
    if flights and flights.rows == year_rows:
        yield Fault(
            "it exported the whole year instead of one month",
            "pass the parameter `month` to load and export, as the tool passes parameters",
        )
    elif record.output.difference:
        yield Fault(record.output.difference, _HINTS["invalid"])


def failed_once(record: TrialRecord, poll_period_s: float, log: Callable[[], str]) -> Iterator[Fault]:
    """Check that a step that failed once was retried after the delay."""
    seen = list(_tried_again(record, "load", 1, poll_period_s))
    yield from seen or (() if record.events else valid(record, log))


def failed_twice(record: TrialRecord, poll_period_s: float, log: Callable[[], str]) -> Iterator[Fault]:
    """Check that a step that failed twice was retried twice, that no finished step reran, and that the run is valid."""
    seen = list(_tried_again(record, "transform", 2, poll_period_s))
    seen += [
        Fault(f"{step} ran again although it had succeeded", "retry only the step that failed, not the whole run")
        for step in rerun_steps(record.events)
    ]
    yield from seen or valid(record, log)


def _tried_again(record: TrialRecord, step: str, failures: int, poll_period_s: float) -> Iterator[Fault]:
    if not record.events:
        return
    count = attempts(record.events)[step]
    if count != failures + 1:
        yield Fault(f"{step} failed {failures} times but was started {count} times", _SET_RETRIES)
    for delay_s in retry_delays_s(record.events, step):
        if delay_s < RETRY_DELAY_S - STAMP_TOLERANCE_S:
            yield Fault(f"{step} was retried after only {delay_s:.3f} s", _SET_RETRIES)
        elif delay_s > RETRY_DELAY_S + poll_period_s + _LONGEST_WAIT_S:
            yield Fault(f"{step} was retried only after {delay_s:.0f} s", _SET_RETRIES)


def constant_delay(records: Iterable[TrialRecord]) -> Iterator[Fault]:
    """Check that a step's second retry delay is as long as the first."""
    trials = [record.events for record in records]
    if retry_rule(trials) == "changing":
        waits = [f"{delay:.1f}" for events in trials for delay in retry_delays_s(events, "transform")]
        yield Fault(f"retry delays change: transform was retried after {', '.join(waits)} s", "switch off the backoff")


def account(record: TrialRecord) -> Iterator[Fault]:
    """Check that the tool's attempt history matches the probe."""
    if record.attempts_told is None:
        raise NotAsked("its driver says that the tool keeps no attempt history")
    if words := disagreement(record.events, record.attempts_told):
        hint = "`attempts` must return every attempt of every step, numbered from 1, failed ones included, or None"
        yield Fault(words, hint)


def own_end(records: Iterable[TrialRecord]) -> Iterator[Fault]:
    """Check that the tool's time of a run's end lies between the last step's end and the first final state."""
    told = [record for record in records if record.ended_told_s is not None and record.events]
    if not told:
        raise NotAsked("its driver does not return the tool's own end time")
    for record in told:
        last = max(record.events, key=lambda event: event.monotonic_ns)
        told_s = last.time_ns / 1e9 + (record.finished_ns - last.monotonic_ns) / 1e9
        early_s = last.time_ns / 1e9 - (record.ended_told_s or 0.0)
        late_s = (record.ended_told_s or 0.0) - told_s
        hint = "`RunStatus.ended_s` is in seconds since the Unix epoch: is the tool's stamp in UTC?"
        if early_s > OWN_END_TOLERANCE_S:
            yield Fault(f"the tool says that `{record.scenario}` ended {early_s:.3f} s before its last step", hint)
        if late_s > OWN_END_TOLERANCE_S:
            yield Fault(f"the tool says that `{record.scenario}` ended {late_s:.3f} s after it reported the end", hint)


def found_by_trial(stack: Stack, record: TrialRecord, run: str) -> Iterator[Fault]:
    """Check that a run can be found by its trial, if triggers may be rejected and are then sent again."""
    found = runs_of(stack.driver, record.scenario, record.trial)
    if found is None:
        raise NotAsked("its driver has no method `runs`, so it must not raise Refused")
    hint = "`runs` must return the ids (as `trigger` does) of that workload's runs with that trial"
    if found != [run]:
        yield Fault(f"runs({record.scenario!r}, {record.trial!r}) returned {found}, expected [{run!r}]", hint)
    else:
        told = poll_status(stack.driver, found[0]).state
        if told != RunState.SUCCESS:
            yield Fault(f"the run that was found by its trial is reported as {told}, although it succeeded", hint)
    if stranger := runs_of(stack.driver, record.scenario, "check-nobody"):
        yield Fault(f"runs returned {stranger} for a trial that does not exist", hint)


def counters(record: TrialRecord) -> Iterator[Fault]:
    """Check that memory and CPU of a run were measured."""
    if record.peak_rss_bytes is None and record.cpu_s is None:
        raise NotAsked("this host does not show these counters")
    hint = "do the steps run in processes that `serve` started?"
    if (record.peak_rss_bytes or 0) < _LEAST_BYTES:
        yield Fault(f"a run of a year used at most {record.peak_rss_bytes} bytes, less than its DataFrame", hint)
    if (record.cpu_s or 0) < _LEAST_CPU_S:
        yield Fault(f"a run of a year used {record.cpu_s} s of CPU, less than its steps need", hint)


def imports(record: TrialRecord, manifest: Manifest) -> Iterator[Fault]:
    """Check that `noop` imports no modules of the `etl`, except those that the tool requires."""
    lock = read_lock(manifest.lock)
    ended = {event.step: event.imported or () for event in record.events if event.event == "ended"}
    for step in STEPS:
        if names := [name for name in ended.get(step, ()) if not _required_by_the_tool(lock, name)]:
            hint = "import it inside the functions of `etl`, or its import counts as the tool's overhead"
            yield Fault(f"the process of `noop`'s {step} has imported {', '.join(names)}", hint)


def _required_by_the_tool(lock: Lock, package: str) -> bool:
    """Whether, according to the lock, a package other than the reference pipeline requires this one."""
    pin = lock.pin(package)
    return pin is not None and any(not whose.startswith("-r ") for whose in pin.required_by)
