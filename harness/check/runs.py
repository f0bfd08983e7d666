"""Checks of runs by their records: faults, and how to fix them in the pipeline."""

from collections.abc import Iterator

from harness.check.subject import AGAIN, Subject
from harness.check.verdict import Blocked, Check, Fault, NotAsked, check
from harness.experiment.golden import ALL
from harness.experiment.judgement import OWN_END_TOLERANCE_S, STAMP_TOLERANCE_S, disagreement
from harness.experiment.scenario import RETRIES, RETRY_DELAY_S
from harness.experiment.timeline import STEPS, rerun_steps, retry_delays_s
from harness.experiment.timeline import attempts as attempts_of
from harness.experiment.traits import retry_rule
from harness.isolation.exchange import EVENTS, FAULTS
from harness.measure.golden_file import golden
from harness.orchestrators.driver import RunState
from harness.orchestrators.lock import Lock, read_lock
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


def _valid(name: str, demand: str) -> Check[Subject]:
    return Check(name, demand, lambda it: invalid(it, name), ("ready",))


def invalid(it: Subject, name: str) -> list[Fault]:
    """Say why a run did not do what its scenario demands, or did not leave verified output."""
    record = it.trial(name)
    if record.outcome == "valid":
        return []
    idle = "" if record.events else " (no step was started)"
    what = f"trial `{record.scenario}`: {record.reason}{idle}"
    return [Fault(what, _hint(record), "\n".join(record.log) or it.log())]


def _hint(record: TrialRecord) -> str:
    if not record.events and record.strangers:
        return "pass the parameter `trial` to every step, as the tool passes parameters"
    if not record.events and record.outcome == "hung":
        return "no step was started: is the pipeline registered with its workload's name, and does a worker run?"
    if record.outcome == "invalid" and {EVENTS, FAULTS}.intersection(record.output.files):
        return "leave $ORCHBENCH_EVENTS and $ORCHBENCH_FAULTS to the probe, which reference.steps calls"
    return _HINTS[record.outcome]


noop = _valid("noop", "a run of `noop` is valid")
exhaustion = _valid("exhaustion", "a step that always fails makes the run fail without an export")
etl = _valid("etl", "a run of the whole year leaves verified output")


@check("ready")
def month(it: Subject) -> Iterator[Fault]:
    """A run of one month leaves that month's output.

    Raises `Blocked` if the run did not export. The checks of retries then explain why.
    """
    record = it.trial("retry")
    if not any((event.step, event.outcome) == ("export", "success") for event in record.events):
        raise Blocked(f"the run `{record.scenario}` did not export")
    flights = record.output.tables.get("flight")
    if flights and flights.rows == golden().partitions[ALL]["flight"].rows:
        hint = "pass the parameter `month` to load and export, as the tool passes parameters"
        yield Fault("it exported the whole year instead of one month", hint)
    elif record.output.difference:
        yield Fault(record.output.difference, _HINTS["invalid"])


@check("ready")
def fail_once(it: Subject) -> list[Fault]:
    """A step that fails once is retried."""
    faults = [*_tried_again(it, "load", 1)]
    return faults or ([] if it.trial("retry").events else invalid(it, "retry"))


@check("ready")
def fail_twice(it: Subject) -> list[Fault]:
    """A step that fails twice is retried twice, and the run is valid."""
    hint = "retry only the step that failed, not the whole run"
    faults = [*_tried_again(it, "transform", 2)]
    faults += [
        Fault(f"{step} ran again although it had succeeded", hint) for step in rerun_steps(it.trial("retry").events)
    ]
    return faults or invalid(it, "retry")


def _tried_again(it: Subject, step: str, failures: int) -> Iterator[Fault]:
    events = it.trial("retry").events
    if not events:
        return
    count = attempts_of(events)[step]
    if count != failures + 1:
        yield Fault(f"{step} failed {failures} times but was started {count} times", _SET_RETRIES)
    for delay_s in retry_delays_s(events, step):
        if delay_s < RETRY_DELAY_S - STAMP_TOLERANCE_S:
            yield Fault(f"{step} was retried after only {delay_s:.3f} s", _SET_RETRIES)
        elif delay_s > RETRY_DELAY_S + it.contender.settings.poll_period_s + _LONGEST_WAIT_S:
            yield Fault(f"{step} was retried only after {delay_s:.0f} s", _SET_RETRIES)


@check("ready")
def constant_delay(it: Subject) -> Iterator[Fault]:
    """The second retry delay is as long as the first."""
    trials = [it.trial(name).events for name in ("retry", "exhaustion")]
    if retry_rule(trials) == "changing":
        waits = [f"{delay:.1f}" for events in trials for delay in retry_delays_s(events, "transform")]
        yield Fault(f"retry delays change: transform was retried after {', '.join(waits)} s", "switch off the backoff")


@check("ready")
def attempts(it: Subject) -> Iterator[Fault]:
    """The attempt history is correct."""
    record = it.trial("retry")
    if record.attempts_told is None:
        raise NotAsked("its driver says that the tool keeps no attempt history")
    if words := disagreement(record.events, record.attempts_told):
        hint = "`attempts` must return every attempt of every step, numbered from 1, failed ones included, or None"
        yield Fault(words, hint)


@check("ready")
def own_end(it: Subject) -> Iterator[Fault]:
    """The reported end of a run is correct."""
    told = [record for record in it.trials.values() if record.ended_told_s is not None and record.events]
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


@check("noop")
def found_by_trial(it: Subject) -> Iterator[Fault]:
    """A run can be found by its trial.

    The harness needs this if triggers may be rejected and are then sent again.
    """
    driver, record, run = it.driver, it.trial("noop"), it.run_of("noop")
    found = driver.runs(record.scenario, record.trial)
    if found is None:
        raise NotAsked("its driver has no method `runs`, so it must not raise Refused")
    hint = "`runs` must return the ids (as `trigger` does) of that workload's runs with that trial"
    if found != [run]:
        yield Fault(f"runs({record.scenario!r}, {record.trial!r}) returned {found}, expected [{run!r}]", hint)
    else:
        told = driver.status(found[0]).state
        if told != RunState.SUCCESS:
            yield Fault(f"the run that was found by its trial is reported as {told}, although it succeeded", hint)
    if stranger := driver.runs(record.scenario, "check-nobody"):
        yield Fault(f"runs returned {stranger} for a trial that does not exist", hint)


@check("etl")
def counters(it: Subject) -> Iterator[Fault]:
    """Memory and CPU are measured."""
    record = it.trial("etl")
    if record.peak_rss_bytes is None and record.cpu_s is None:
        raise NotAsked("this host does not show these counters")
    hint = "do the steps run in processes that `serve` started?"
    if (record.peak_rss_bytes or 0) < _LEAST_BYTES:
        yield Fault(f"a run of a year used at most {record.peak_rss_bytes} bytes, less than its DataFrame", hint)
    if (record.cpu_s or 0) < _LEAST_CPU_S:
        yield Fault(f"a run of a year used {record.cpu_s} s of CPU, less than its steps need", hint)


@check("restart")
def noop_imports(it: Subject) -> Iterator[Fault]:
    """Noop imports no modules of the etl."""
    yield from invalid(it, AGAIN)
    lock, record = read_lock(it.manifest.lock), it.trial(AGAIN)
    ended = {event.step: event.imported or () for event in record.events if event.event == "ended"}
    for step in STEPS:
        if names := [name for name in ended.get(step, ()) if not _required_by_the_tool(lock, name)]:
            hint = "import it inside the functions of `etl`, or its import counts as the tool's overhead"
            yield Fault(f"the process of `noop`'s {step} has imported {', '.join(names)}", hint)


def _required_by_the_tool(lock: Lock, package: str) -> bool:
    """Whether, according to the lock, a package other than the reference pipeline requires this one."""
    pin = lock.pin(package)
    return pin is not None and any(not whose.startswith("-r ") for whose in pin.required_by)
