"""The judgement of a trial."""

import pytest
from test_timeline import CLEAN, run

from harness.driver import RunState
from harness.scenario import ETL, EXHAUSTION, RETRY
from harness.trial import judge

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


@pytest.mark.parametrize(
    ("scenario", "state", "events", "difference", "error", "outcome", "words"),
    [
        (ETL, RunState.SUCCESS, CLEAN, "", "", "valid", ""),
        (ETL, RunState.SUCCESS, CLEAN, "flight: 1 row too many", "", "invalid", "1 row too many"),
        (ETL, RunState.FAILED, CLEAN, "", "", "failed", "ended failed, expected success"),
        (ETL, None, CLEAN, "", "", "hung", "no final state within 60 s"),
        (ETL, RunState.SUCCESS, CLEAN, "", "its API failed", "error", "API"),
        (ETL, RunState.SUCCESS, EXPORTED_TWICE, "", "", "failed", "export was started 2 times"),
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
    judged, reason = judge(scenario, state, events, difference, error, limit_s=60)
    assert judged == outcome
    assert words in reason
