"""Checks of records: each fault is one sentence with a fix."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from faults import words
from samples import trial
from stamps import MS, event, run

from harness.check import runs
from harness.check.verdict import Blocked, NotAsked
from harness.experiment.golden import Content, Output
from harness.orchestrators.bounded import BoundedDriver
from harness.orchestrators.driver import Attempt, RunState, RunStatus
from harness.results.records import TrialRecord


def subject(
    *records: TrialRecord,
    poll_period_s: float = 0,
    retry_period_s: float = 0,
    delays_retries: bool = True,
    **more: object,
) -> Any:
    """Return what checks of runs read of a subject: the record of a scenario, or else the last one."""
    return SimpleNamespace(
        trial=lambda name: next((record for record in records if record.scenario == name), records[-1]),
        trials={str(number): record for number, record in enumerate(records)},
        log=lambda: "its last lines",
        contender=SimpleNamespace(settings=SimpleNamespace(poll_period_s=poll_period_s, retry_period_s=retry_period_s)),
        **{"manifest": SimpleNamespace(delays_retries=delays_retries), **more},
    )


def retried(*waits_ms: float, of_load: float = 1000, then: float | None = None) -> TrialRecord:
    """Return a run whose load fails once, and whose transform fails as often as it waits."""
    spans = [("load", 1000, 1100, 1, "failure"), ("load", 1100 + of_load, 1200 + of_load, 2, "success")]
    at = 1300 + of_load
    for number, wait in enumerate(waits_ms, start=1):
        spans.append(("transform", at, at + 50, number, "failure"))
        at += 50 + wait
    spans.append(("transform", at, at + 50, len(waits_ms) + 1, "success"))
    if then is not None:
        spans.append(("load", at + then, at + then + 50, 3, "success"))
    spans.append(("export", at + 100, at + 200, 1, "success"))
    return trial("tool", "retry", events=run(*spans))


def test_a_valid_run_has_no_fault() -> None:
    assert words(runs.invalid(subject(trial("tool")), "etl")) == []


@pytest.mark.parametrize("outcome", ["invalid", "failed", "hung", "error"])
def test_any_other_end_has_a_reason_a_hint_and_the_log(outcome: str) -> None:
    (fault,) = runs.invalid(subject(trial("tool", outcome=outcome, reason="[so] it is")), "etl")
    assert fault.what == "trial `etl`: [so] it is"
    assert fault.hint
    assert fault.log == "its last lines"


def test_a_broken_event_file_is_not_mistaken_for_wrong_data() -> None:
    output = Output(files={"events.jsonl": Content(rows=0)}, difference="events.jsonl is a symbolic link")
    odd = trial("tool", outcome="invalid", reason=output.difference).model_copy(update={"output": output})
    (fault,) = runs.invalid(subject(odd), "etl")
    assert "to the probe" in fault.hint


def test_a_parameter_that_does_not_arrive_is_named() -> None:
    lost = trial("tool", outcome="failed", reason="there are events of 7").model_copy(
        update={"strangers": ["7"], "events": []}
    )
    (fault,) = runs.invalid(subject(lost), "etl")
    assert "no step was started" in fault.what
    assert "pass the parameter `trial` to every step" in fault.hint
    year = Output.model_validate({"tables": {"flight": {"rows": 336_776}}, "difference": "too many"})
    whole = trial("tool", "retry", outcome="invalid", reason="too many").model_copy(update={"output": year})
    (fault,) = runs.month.look(subject(whole))
    assert "exported the whole year" in fault.what
    assert "`month`" in fault.hint


def test_the_months_output_is_checked_if_there_is_an_export() -> None:
    assert words(runs.month.look(subject(trial("tool", "retry")))) == []
    odd = Output(tables={}, files={}, difference="flight: the table is missing")
    assert words(runs.month.look(subject(trial("tool", "retry").model_copy(update={"output": odd})))) == [
        odd.difference
    ]
    with pytest.raises(Blocked, match="the run `retry` did not export"):
        list(runs.month.look(subject(trial("tool", "retry").model_copy(update={"events": []}))))


def test_correct_retries_pass() -> None:
    record = retried(1000, 1000)
    assert words(runs.fail_once.look(subject(record))) == []
    assert words(runs.fail_twice.look(subject(record))) == []
    assert words(runs.constant_delay.look(subject(record))) == []


@pytest.mark.parametrize(
    ("record", "seen"),
    [
        (retried(1000), "transform failed 2 times but was started 2 times"),
        (retried(1000, 400), "transform was retried after only 0.400 s"),
        (retried(1000, 300_000), "transform was retried only after 300 s"),
        (retried(1000, 1000, then=60), "load ran again although it had succeeded"),
    ],
)
def test_wrong_retries_are_found(record: TrialRecord, seen: str) -> None:
    assert seen in words(runs.fail_twice.look(subject(record)))


def test_a_slow_poller_may_wait_for_its_poll() -> None:
    late = retried(12_000, 12_000, of_load=12_000)
    assert words(runs.fail_once.look(subject(late))) == ["load was retried only after 12 s"]
    assert words(runs.fail_once.look(subject(late, poll_period_s=10))) == []


def test_a_retry_may_wait_for_the_next_check_for_due_retries() -> None:
    late = retried(20_000, 60_000, of_load=20_000)
    declared = subject(late, retry_period_s=60)
    assert words(runs.fail_once.look(declared)) == words(runs.fail_twice.look(declared)) == []
    assert words(runs.constant_delay.look(declared)) == []
    assert len(words(runs.constant_delay.look(subject(late)))) == 1


def test_a_tool_without_a_retry_delay_may_retry_at_once() -> None:
    hasty = retried(200, 400, of_load=150)
    assert words(runs.fail_once.look(subject(hasty))) == ["load was retried after only 0.150 s"]
    declared = subject(hasty, delays_retries=False)
    assert words(runs.fail_once.look(declared)) == words(runs.fail_twice.look(declared)) == []
    with pytest.raises(NotAsked, match="no delay before a retry"):
        list(runs.constant_delay.look(declared))


def test_a_backoff_is_found() -> None:
    (seen,) = words(
        runs.constant_delay.look(
            subject(retried(1000, 2000), trial("tool", "exhaustion").model_copy(update={"events": []}))
        )
    )
    assert seen == "retry delays change: transform was retried after 1.0, 2.0 s"


def test_a_wrong_attempt_history_is_found_but_none_is_fine() -> None:
    with pytest.raises(NotAsked):
        list(runs.attempts.look(subject(trial("tool", told=None))))
    (seen,) = words(runs.attempts.look(subject(trial("tool", told=[Attempt("load", 1, succeeded=True)]))))
    assert "does not report attempt 1 of export" in seen


@pytest.mark.parametrize(("off_s", "seen"), [(-0.2, []), (3600, ["after"]), (-7200, ["before"])])
def test_an_end_in_another_time_zone_is_found(off_s: float, seen: list[str]) -> None:
    record = trial("tool")
    told = record.model_copy(update={"ended_told_s": record.finished_ns / 1e9 + off_s, "finished_ns": 3500 * MS})
    told = told.model_copy(update={"ended_told_s": 3.5 + off_s})
    found = words(runs.own_end.look(subject(told)))
    assert len(found) == len(seen)
    assert all(word in each for word, each in zip(seen, found, strict=True))
    with pytest.raises(NotAsked):
        list(runs.own_end.look(subject(record)))


SILENT: Any = object()
"""A driver without the method `runs`."""


def finding(runs_found: object, state: RunState | RunStatus = RunState.SUCCESS) -> SimpleNamespace:
    driver: Any = SimpleNamespace(runs=lambda _workload, trial: runs_found(trial), state=lambda _run: state)
    return subject(trial("tool", "noop"), driver=BoundedDriver(driver), run_of=lambda _: "7")


def test_only_the_trials_own_runs_are_found() -> None:
    record = trial("tool", "noop")
    own = {record.trial: ["7"]}
    assert words(runs.found_by_trial.look(finding(lambda trial: own.get(trial, [])))) == []
    assert "expected ['7']" in words(runs.found_by_trial.look(finding(lambda _: [])))[0]
    everyone = words(runs.found_by_trial.look(finding(lambda _: ["7"])))
    assert everyone == ["runs returned ['7'] for a trial that does not exist"]
    failed = finding(lambda trial: own.get(trial, []), RunStatus(RunState.FAILED))
    assert "is reported as" in words(runs.found_by_trial.look(failed))[0]
    with pytest.raises(NotAsked):
        list(runs.found_by_trial.look(subject(record, driver=BoundedDriver(SILENT), run_of=lambda _: "7")))


def counted(peak_rss_bytes: int | None, cpu_s: float | None) -> Any:
    return subject(trial("tool").model_copy(update={"peak_rss_bytes": peak_rss_bytes, "cpu_s": cpu_s}))


def test_impossible_counters_are_found() -> None:
    assert words(runs.counters.look(counted(10**8, 1.0))) == []
    seen = words(runs.counters.look(counted(10**6, 0.01)))
    assert len(seen) == 2
    with pytest.raises(NotAsked):
        list(runs.counters.look(counted(None, None)))


LOCK = """polars==1.30.0 \\
    --hash=sha256:00
    # via -r pipelines/tool/../reference/requirements.in
psycopg==3.3.9 \\
    --hash=sha256:00
    # via
    #   -r pipelines/tool/../reference/requirements.in
    #   tool
"""


def test_noop_imports_only_requirements_of_the_tool(tmp_path) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK)
    manifest = SimpleNamespace(lock=tmp_path / "requirements.lock")
    ended = replace(event("ended", "load", 2, outcome="success"), imported=["polars", "psycopg", "reference.etl"])
    record = trial("tool", "noop").model_copy(update={"events": [ended]})
    (seen,) = words(runs.noop_imports.look(subject(record, manifest=manifest)))
    assert seen == "the process of `noop`'s load has imported polars, reference.etl"
