"""Demands on runs, as their records tell: what went wrong, and what in a pipeline makes it so."""

from collections.abc import Callable, Iterable, Iterator

from harness.check.verdict import Blocked, Fault, NotAsked
from harness.experiment.judgement import OWN_END_TOLERANCE_S, STAMP_TOLERANCE_S, disagreement
from harness.experiment.retry_rule import retry_rule
from harness.experiment.scenario import RETRIES, RETRY_DELAY_S
from harness.experiment.timeline import STEPS, attempts, rerun_steps, retry_delays_s
from harness.isolation.exchange import EVENTS, FAULTS
from harness.measure.stack import Stack
from harness.orchestrators.answers import runs_of, told_of
from harness.orchestrators.driver import RunState
from harness.orchestrators.lock import Lock, read_lock
from harness.orchestrators.manifest import Manifest
from harness.results.records import TrialRecord

_LONGEST_WAIT_S = 10.0
"""By how much a second try may come later than the delay and the tool's polling period: a process has to start."""
_LEAST_BYTES, _LEAST_CPU_S = 50e6, 0.3
_SET_RETRIES = (
    f"set {RETRIES} retries and a constant delay of {RETRY_DELAY_S:g} s for each step, as the tool documents it"
)
_HINTS = {
    "error": "the driver's line is named; errors of HTTP and ApiError may pass through a poll, nothing else",
    "hung": "see in its UI (`orchbench ui`) and in its log what the run waits for, or raise `trial_limit_s`",
    "failed": "see what a run must show in docs/contribute/contract.md, and what it wrote below",
    "invalid": "pass `month` and the frames on as they are: docs/method/pipeline.md",
}


def valid(record: TrialRecord, log: Callable[[], str]) -> Iterator[Fault]:
    """Look that a run did what its scenario demands, and left the verified output."""
    if record.outcome == "valid":
        return
    idle = "" if record.events else "; no step of it was started"
    what = f"trial `{record.scenario}`: {record.reason}{idle}"
    yield Fault(what, _hint(record), "\n".join(record.log) or log())


def _hint(record: TrialRecord) -> str:
    if not record.events and record.strangers:
        return "pass the parameter `trial` on to every step, as the tool passes parameters"
    if not record.events and record.outcome == "hung":
        return "no step was started: is the pipeline known under its workload's name, and does its worker run?"
    if record.outcome == "invalid" and {EVENTS, FAULTS}.intersection(record.output.files):
        return "leave $ORCHBENCH_EVENTS and $ORCHBENCH_FAULTS to the probe: reference.steps has it write and read them"
    return _HINTS[record.outcome]


def month(record: TrialRecord, year_rows: int) -> Iterator[Fault]:
    """Look that the parameter `month` reaches the steps, and the month's output is right.

    Raises `Blocked` where the run came to no export: why not is for the checks of retries to say.
    """
    if not any((event.step, event.outcome) == ("export", "success") for event in record.events):
        raise Blocked(f"the run `{record.scenario}` came to no export")
    flights = record.output.tables.get("flight")
    if flights and flights.rows == year_rows:
        yield Fault(
            "it exported the whole year where one month was asked for",
            "pass the parameter `month` on to load and export, as the tool passes parameters",
        )
    elif record.output.difference:
        yield Fault(record.output.difference, _HINTS["invalid"])


def failed_once(record: TrialRecord, poll_period_s: float, log: Callable[[], str]) -> Iterator[Fault]:
    """Look that a step that failed once was tried again, after the delay."""
    seen = list(_tried_again(record, "load", 1, poll_period_s))
    yield from seen or (() if record.events else valid(record, log))


def failed_twice(record: TrialRecord, poll_period_s: float, log: Callable[[], str]) -> Iterator[Fault]:
    """Look that a step that failed twice was tried twice again, and no step that had succeeded; the run is valid."""
    seen = list(_tried_again(record, "transform", 2, poll_period_s))
    seen += [
        Fault(f"{step} ran again, though it had succeeded", "retry the step that failed, and not the whole run")
        for step in rerun_steps(record.events)
    ]
    yield from seen or valid(record, log)


def _tried_again(record: TrialRecord, step: str, failures: int, poll_period_s: float) -> Iterator[Fault]:
    if not record.events:
        return
    count = attempts(record.events)[step]
    if count != failures + 1:
        yield Fault(f"{step} failed {failures} times and was started {count} times in all", _SET_RETRIES)
    for delay_s in retry_delays_s(record.events, step):
        if delay_s < RETRY_DELAY_S - STAMP_TOLERANCE_S:
            yield Fault(f"{step} was tried again after {delay_s:.3f} s already", _SET_RETRIES)
        elif delay_s > RETRY_DELAY_S + poll_period_s + _LONGEST_WAIT_S:
            yield Fault(f"{step} was tried again after {delay_s:.0f} s", _SET_RETRIES)


def constant_delay(records: Iterable[TrialRecord]) -> Iterator[Fault]:
    """Look that the second wait of a step is as long as the first."""
    trials = [record.events for record in records]
    if retry_rule(trials) == "changing":
        waits = [f"{delay:.1f}" for events in trials for delay in retry_delays_s(events, "transform")]
        yield Fault(
            f"its delays change: transform was tried again after {', '.join(waits)} s", "switch the backoff off"
        )


def account(record: TrialRecord) -> Iterator[Fault]:
    """Look that what the tool tells of attempts is what the probe saw."""
    if record.attempts_told is None:
        raise NotAsked("its driver says that the tool keeps no account of attempts")
    if words := disagreement(record.events, record.attempts_told):
        hint = "`attempts` returns every attempt of every step, numbered from 1, the failed ones too; None without any"
        yield Fault(words, hint)


def own_end(records: Iterable[TrialRecord]) -> Iterator[Fault]:
    """Look that the end by the tool's own record lies between the last step's and when it was told."""
    told = [record for record in records if record.ended_told_s is not None and record.events]
    if not told:
        raise NotAsked("its driver tells no end of the tool's own")
    for record in told:
        last = max(record.events, key=lambda event: event.monotonic_ns)
        told_s = last.time_ns / 1e9 + (record.finished_ns - last.monotonic_ns) / 1e9
        early_s = last.time_ns / 1e9 - (record.ended_told_s or 0.0)
        late_s = (record.ended_told_s or 0.0) - told_s
        hint = "`Told.ended_s` is in seconds since the Unix epoch: is the tool's stamp in UTC?"
        if early_s > OWN_END_TOLERANCE_S:
            yield Fault(f"`{record.scenario}` ended {early_s:.3f} s before its last step, by its own record", hint)
        if late_s > OWN_END_TOLERANCE_S:
            yield Fault(f"`{record.scenario}` ended {late_s:.3f} s after that was told, by its own record", hint)


def found_by_trial(stack: Stack, record: TrialRecord, run: str) -> Iterator[Fault]:
    """Look that a run is found by its trial, where a trigger may be refused: it is sent again where none is found."""
    found = runs_of(stack.driver, record.scenario, record.trial)
    if found is None:
        raise NotAsked("its driver has no method runs, so it may not raise Refused")
    hint = "`runs` returns the ids, as `trigger` does, of the runs of that workload that carry that trial"
    if found != [run]:
        yield Fault(f"runs({record.scenario!r}, {record.trial!r}) returned {found}, expected [{run!r}]", hint)
    else:
        told = told_of(stack.driver, found[0]).state
        if told != RunState.SUCCESS:
            yield Fault(f"the run that is found by its trial is told to be {told}, and it succeeded", hint)
    if stranger := runs_of(stack.driver, record.scenario, "check-nobody"):
        yield Fault(f"runs returned {stranger} for a trial that never was", hint)


def counters(record: TrialRecord) -> Iterator[Fault]:
    """Look that memory and CPU of a run were read."""
    if record.peak_rss_bytes is None and record.cpu_s is None:
        raise NotAsked("this host does not show its counters")
    hint = "do its steps run among the processes that `serve` started?"
    if (record.peak_rss_bytes or 0) < _LEAST_BYTES:
        yield Fault(f"a run of a year took {record.peak_rss_bytes} bytes at most: that cannot hold its frame", hint)
    if (record.cpu_s or 0) < _LEAST_CPU_S:
        yield Fault(f"a run of a year took {record.cpu_s} s of CPU: less than its steps alone", hint)


def imports(record: TrialRecord, manifest: Manifest) -> Iterator[Fault]:
    """Look that a process of `noop` imports nothing of the `etl`; what the tool itself requires, it may."""
    lock = read_lock(manifest.lock)
    ended = {event.step: event.imported or () for event in record.events if event.event == "ended"}
    for step in STEPS:
        if names := [name for name in ended.get(step, ()) if not _required_by_the_tool(lock, name)]:
            hint = "import it inside the functions of `etl`: importing it would be timed as the tool's own doing"
            yield Fault(f"the process of `noop`'s {step} has imported {', '.join(names)}", hint)


def _required_by_the_tool(lock: Lock, package: str) -> bool:
    """Whether another package than the reference pipeline requires this one, by the lock's own account."""
    pin = lock.pin(package)
    return pin is not None and any(not whose.startswith("-r ") for whose in pin.required_by)
