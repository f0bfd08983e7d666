"""The judgement of a trial."""

import pytest
from stamps import CLEAN, MS, run

from harness.experiment.judgement import Seen, disagreement, judge
from harness.experiment.scenario import scenarios
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
    ("transform", 30, 31, 2, "failure"),
    ("transform", 40, 41, 3, "failure"),
)
EXPORTED_TWICE = [*CLEAN, *run(("export", 4000, 4001, 2, "success"))]
FINISHED_NS = 5000 * MS


@pytest.mark.parametrize(
    ("scenario", "state", "events", "difference", "error", "outcome", "words"),
    [
        (ETL, RunState.SUCCESS, CLEAN, "", "", "valid", ""),
        (ETL, RunState.SUCCESS, CLEAN, "flight: 1 row too many", "", "invalid", "1 row too many"),
        (ETL, RunState.FAILED, CLEAN, "", "", "failed", "ended failed, expected success"),
        (ETL, None, CLEAN, "", "", "hung", "no final state within the trial's limit"),
        (ETL, RunState.SUCCESS, CLEAN, "", "its API failed", "error", "API"),
        (ETL, RunState.SUCCESS, EXPORTED_TWICE, "", "", "failed", "export was started 2 times"),
        (ETL, RunState.SUCCESS, CLEAN[:-1], "", "", "failed", "reported success, but export has not ended"),
        (RETRY, RunState.SUCCESS, RETRIED, "", "", "valid", ""),
        (RETRY, RunState.SUCCESS, CLEAN, "", "", "failed", "load was started 1 times, expected 2"),
        (EXHAUSTION, RunState.FAILED, EXHAUSTED, "", "", "valid", ""),
        (EXHAUSTION, RunState.SUCCESS, EXHAUSTED, "", "", "failed", "ended success, expected failed"),
        (EXHAUSTION, RunState.FAILED, EXHAUSTED, "flight: exists with 9 rows", "", "invalid", "exists"),
        (EXHAUSTION, RunState.FAILED, EXHAUSTED[:-2], "", "", "failed", "transform was started 2 times, expected 3"),
        (RETRY, RunState.SUCCESS, RERUN, "", "", "failed", "load was started 3 times, expected 2"),
    ],
)
def test_judgement(scenario, state, events, difference, error, outcome, words) -> None:
    judged, reason = judge(scenario, Seen(state, FINISHED_NS, events, None, difference, error))
    assert judged == outcome
    assert words in reason


def test_success_reported_before_the_last_step_ended_is_a_failure() -> None:
    last_ns = CLEAN[-1].monotonic_ns
    assert judge(ETL, Seen(RunState.SUCCESS, last_ns, CLEAN, None, "", ""))[0] == "valid"
    outcome, reason = judge(ETL, Seen(RunState.SUCCESS, last_ns - 500 * MS, CLEAN, None, "", ""))
    assert (outcome, reason) == ("failed", "reported success 0.500 s before export had ended")


TOLD = [
    Attempt("load", 1, succeeded=False),
    Attempt("load", 2, succeeded=True),
    Attempt("transform", 1, succeeded=False),
    Attempt("transform", 2, succeeded=False),
    Attempt("transform", 3, succeeded=True),
    Attempt("export", 1, succeeded=True),
]


def test_an_account_that_agrees_in_any_order_or_is_not_kept_is_no_disagreement() -> None:
    assert disagreement(RETRIED, TOLD[::-1]) == ""
    assert disagreement(RETRIED, None) == ""
    assert "does not tell of" in disagreement(RETRIED, [])
    assert judge(RETRY, Seen(RunState.SUCCESS, FINISHED_NS, RETRIED, TOLD, "", "")) == ("valid", "")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (TOLD[1:], "does not tell of attempt 1 of load (failed)"),
        (
            [*TOLD, Attempt("export", 2, succeeded=True)],
            "tells of attempt 2 of export (succeeded), which did not happen",
        ),
        (
            [Attempt("load", 1, succeeded=True), *TOLD[1:]],
            "tells of attempt 1 of load (succeeded), which did not happen",
        ),
    ],
)
def test_an_account_that_departs_from_the_probe_is_a_failure(told, words) -> None:
    outcome, reason = judge(RETRY, Seen(RunState.SUCCESS, FINISHED_NS, RETRIED, told, "", ""))
    assert outcome == "failed"
    assert words in reason
