"""The judgement of a trial."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from stamps import CLEAN, HELD, MS, run

from harness.experiment import judgement
from harness.experiment.judgement import MOST_ATTEMPTS, Outcome, TrialEvidence, disagreement
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Event
from harness.measure.golden_file import scenarios
from harness.orchestrators.driver import Attempt, RunState

ETL, RETRY, EXHAUSTION = (scenarios()[name] for name in ("etl", "retry", "exhaustion"))
RETRIED = run(
    ("load", 0, 10, 1, "failure"),
    ("load", 1010, 1020, 2, "success"),
    ("transform", 1030, 1031, 1, "failure"),
    ("transform", 2031, 2032, 2, "failure"),
    ("transform", 3032, 3040, 3, "success"),
    ("export", 3050, 3060, 1, "success"),
)
RERUN = sorted([*RETRIED, *run(("load", 3033, 3034, 3, "success"))], key=lambda event: event.monotonic_ns)
EXHAUSTED = run(
    ("load", 0, 10, 1, "success"),
    ("transform", 20, 21, 1, "failure"),
    ("transform", 1030, 1031, 2, "failure"),
    ("transform", 2040, 2041, 3, "failure"),
)
EXPORTED_TWICE = [*CLEAN, *run(("export", 4000, 4001, 2, "success"))]
FINISHED_NS = 5000 * MS


def judge(scenario: Scenario, seen: TrialEvidence, *, delays_retries: bool = True) -> tuple[Outcome, str]:
    """Judge a run with these events, rows and errors."""
    evidence = replace(seen, events=probed(scenario, seen.events))
    return judgement.judge(scenario, evidence, delays_retries=delays_retries)


def probed(scenario: Scenario, events: Sequence[Event]) -> list[Event]:
    rows = scenario.expected.rows
    told = {"failure": {"error": "asked to"}, "success": {"rows_out": rows}, None: {}}
    filled = [replace(each, **told[each.outcome]) for each in events]
    return [replace(each, rows_in=rows) if each.rows_out and each.step != "load" else each for each in filled]


@pytest.mark.parametrize(
    ("scenario", "state", "events", "difference", "error", "outcome", "words"),
    [
        (ETL, RunState.SUCCESS, CLEAN, "", "", "valid", ""),
        (ETL, RunState.SUCCESS, CLEAN, "flight: 1 row too many", "", "invalid", "1 row too many"),
        (ETL, RunState.FAILED, CLEAN, "", "", "failed", "the tool reported failed, expected success"),
        (ETL, None, CLEAN, "", "", "hung", "no final state within the trial's time limit"),
        (ETL, RunState.SUCCESS, CLEAN, "", "its API failed", "error", "API"),
        (ETL, RunState.SUCCESS, EXPORTED_TWICE, "", "", "failed", "export was started 2 times"),
        (ETL, RunState.SUCCESS, CLEAN[:-1], "", "", "failed", "reported success, but export has not ended"),
        (RETRY, RunState.SUCCESS, RETRIED, "", "", "valid", ""),
        (RETRY, RunState.SUCCESS, CLEAN, "", "", "failed", "load was started 1 times, expected 2"),
        (EXHAUSTION, RunState.FAILED, EXHAUSTED, "", "", "valid", ""),
        (EXHAUSTION, RunState.SUCCESS, EXHAUSTED, "", "", "failed", "the tool reported success, expected failed"),
        (EXHAUSTION, RunState.FAILED, EXHAUSTED, "flight: exists with 9 rows", "", "invalid", "exists"),
        (EXHAUSTION, RunState.FAILED, EXHAUSTED[:-2], "", "", "failed", "transform was started 2 times, expected 3"),
        (RETRY, RunState.SUCCESS, RERUN, "", "", "failed", "load was started 3 times, expected 2"),
    ],
)
def test_judgement(scenario, state, events, difference, error, outcome, words) -> None:
    judged, reason = judge(scenario, TrialEvidence(state, 0, FINISHED_NS, events, None, difference, error))
    assert judged == outcome
    assert words in reason


def test_success_reported_before_the_last_step_ended_is_a_failure() -> None:
    last_ns = CLEAN[-1].monotonic_ns
    assert judge(ETL, TrialEvidence(RunState.SUCCESS, 0, last_ns, CLEAN, None, "", ""))[0] == "valid"
    outcome, reason = judge(ETL, TrialEvidence(RunState.SUCCESS, 0, last_ns - 500 * MS, CLEAN, None, "", ""))
    assert (outcome, reason) == ("failed", "the tool reported success 0.500 s before export ended")


TOLD = [
    Attempt("load", 1, succeeded=False),
    Attempt("load", 2, succeeded=True),
    Attempt("transform", 1, succeeded=False),
    Attempt("transform", 2, succeeded=False),
    Attempt("transform", 3, succeeded=True),
    Attempt("export", 1, succeeded=True),
]


def test_too_many_attempts_are_a_disagreement_even_if_all_are_true() -> None:
    assert disagreement(RETRIED, [*TOLD, *[TOLD[0]] * MOST_ATTEMPTS]) == "the tool reports more than 100 attempts"
    invented = [Attempt("load", number, succeeded=True) for number in range(50)]
    assert len(disagreement(RETRIED, invented)) < 500


def test_a_matching_history_in_any_order_or_none_is_not_a_disagreement() -> None:
    assert disagreement(RETRIED, TOLD[::-1]) == ""
    assert disagreement(RETRIED, None) == ""
    assert "does not report" in disagreement(RETRIED, [])
    assert judge(RETRY, TrialEvidence(RunState.SUCCESS, 0, FINISHED_NS, RETRIED, TOLD, "", "")) == ("valid", "")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (TOLD[1:], "does not report attempt 1 of load (failed)"),
        (
            [*TOLD, Attempt("export", 2, succeeded=True)],
            "reports attempt 2 of export (succeeded), which never ran",
        ),
        (
            [Attempt("load", 1, succeeded=True), *TOLD[1:]],
            "reports attempt 1 of load (succeeded), which never ran",
        ),
    ],
)
def test_a_history_that_differs_from_the_probe_is_a_failure(told, words) -> None:
    outcome, reason = judge(RETRY, TrialEvidence(RunState.SUCCESS, 0, FINISHED_NS, RETRIED, told, "", ""))
    assert outcome == "failed"
    assert words in reason


def seen(**differently: object) -> TrialEvidence:
    """Return the observation of a clean `etl` run, with some changes."""
    shown = {"state": RunState.SUCCESS, "sent_ns": 0, "finished_ns": FINISHED_NS, "events": CLEAN, "told": None}
    return TrialEvidence(**{**shown, "difference": "", "error": "", **differently})


def test_no_event_comes_before_its_trigger() -> None:
    first_ns = CLEAN[0].monotonic_ns
    assert judge(ETL, seen(sent_ns=first_ns)) == ("valid", "")
    assert judge(ETL, seen(sent_ns=first_ns + 20 * MS)) == (
        "failed",
        "load started 0.020 s before the trigger was sent",
    )


def test_a_reported_end_before_the_last_step_is_a_failure() -> None:
    at = [replace(event, time_ns=10**18 + event.monotonic_ns) for event in CLEAN]
    last_s = at[-1].time_ns / 1e9
    assert judge(ETL, seen(events=at, ended_told_s=last_s - 0.05))[0] == "valid"
    outcome, reason = judge(ETL, seen(events=at, ended_told_s=last_s - 0.4))
    assert (outcome, reason) == ("failed", "the tool says that the run ended 0.400 s before export ended")


@pytest.mark.parametrize(("step_s", "outcome"), [(0.9, "valid"), (1.5, "error"), (-3600.0, "error")])
def test_a_clock_that_steps_is_an_error_of_that_trial(step_s: float, outcome: str) -> None:
    judged, reason = judge(ETL, seen(clock_step_s=step_s))
    assert judged == outcome
    assert reason == ("" if outcome == "valid" else f"the clock stepped by {step_s:+.1f} s")


@pytest.mark.parametrize(
    "verdict",
    [{}, {"state": None}, {"error": "its API failed"}, {"difference": "flight: 1 row"}, {"clock_step_s": 17.0}],
    ids=["valid", "hung", "error", "invalid", "a clock that stepped"],
)
def test_an_absent_harness_reaches_no_verdict(verdict: dict[str, object]) -> None:
    assert judge(ETL, seen(**verdict, absent_s=17.2)) == ("error", "the harness did not run for 17.2 s")


def test_a_harness_that_was_slightly_late_was_present() -> None:
    assert judge(ETL, seen(absent_s=0.9)) == ("valid", "")


@pytest.mark.parametrize(("runs_told", "outcome"), [(None, "valid"), (0, "valid"), (1, "valid"), (2, "failed")])
def test_a_second_run_of_a_trial_is_a_failure(runs_told: int | None, outcome: str) -> None:
    assert judge(ETL, seen(runs_told=runs_told))[0] == outcome


def test_events_under_another_name_are_named() -> None:
    outcome, reason = judge(ETL, seen(events=[], strangers=["trial_1"]))
    assert (outcome, reason) == ("failed", "load was started 0 times, expected 1 (there are events of trial_1)")


def test_a_retry_before_its_delay_is_a_failure_unless_the_tool_has_no_delay() -> None:
    hasty = [replace(e, monotonic_ns=e.monotonic_ns - 500 * MS * (e.attempt > 1)) for e in RETRIED[:4]]
    evidence = seen(events=sorted([*hasty, *RETRIED[4:]], key=lambda e: e.monotonic_ns))
    assert judge(RETRY, evidence) == ("failed", "load was retried after 0.500 s instead of 1 s")
    assert judge(RETRY, evidence, delays_retries=False) == ("valid", "")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            sorted([*CLEAN, *run(("extra", 1650, 1660, 1, "success"))], key=lambda e: e.monotonic_ns),
            "unknown step 'extra'",
        ),
        ([*CLEAN[:4], *HELD], "a fault hit export, but its scenario has none"),
        ([CLEAN[0], replace(CLEAN[1], pid=2), *CLEAN[2:]], "the end of attempt 1 of load has no start before it"),
        ([*CLEAN[:2], *(replace(each, attempt=2) for each in CLEAN[2:4]), *CLEAN[4:]], "is start number 1"),
        (
            [*run(("load", 1100, 1600, 1, "failure")), *CLEAN[2:]],
            "the attempts of load ended failure, expected success",
        ),
        (
            run(
                ("load", 1100, 1600, 1, "success"),
                ("transform", 1500, 2000, 1, "success"),
                ("export", 2250, 3250, 1, "success"),
            ),
            "transform started before load ended",
        ),
    ],
)
def test_a_trial_that_no_audit_would_pass_is_not_valid(changed: list[Event], words: str) -> None:
    outcome, reason = judge(ETL, seen(events=changed))
    assert (outcome, words in reason) == ("failed", True), reason


@pytest.mark.parametrize("rows", [{"rows_out": None}, {"rows_in": 3}, {"rows_out": 3}, {"error": "odd"}])
def test_a_trial_whose_step_did_other_work_is_not_valid(rows: dict[str, object]) -> None:
    whole = probed(ETL, CLEAN)
    events = [*whole[:3], replace(whole[3], **rows), *whole[4:]]
    outcome, reason = judgement.judge(ETL, seen(events=events), delays_retries=True)
    assert outcome == "failed"
    assert "the end of attempt 1 of transform ha" in reason
