"""The outcome of a run: each verdict from its observations, and how long two copies of a step ran."""

import pytest
from stamps import CLEAN, MS, event, run

from harness.experiment.crash import CrashVerdict
from harness.experiment.crash_verdict import (
    CrashEvidence,
    Snapshot,
    attempt_name,
    judge_crash,
    overlap_s,
    too_late,
    unended,
)
from harness.experiment.golden import Content, Output
from harness.experiment.scenario import A_MONTH
from harness.labs.crash.scenarios import crashes
from harness.measure.golden_file import golden
from harness.orchestrators.driver import RunState

RIGHT = Output(**dict(golden().exported(A_MONTH)))
NOTHING = Output(difference="flight: the table is missing")
BEGUN = Output(files={"flight-2013-01.parquet.tmp": Content(rows=0)}, difference="flight: the table is missing")
TWICE = RIGHT.model_copy(update={"difference": "delivery: 2 rows, expected 1"})
SUCCESS, FAILED = RunState.SUCCESS, RunState.FAILED
AGAIN = run(
    ("load", 1100, 1600, 1, "success"),
    ("transform", 1700, 2000, 1, "failure"),
    ("transform", 3100, 3200, 2, "success"),
    ("export", 3250, 4250, 1, "success"),
)

SEEN: list[tuple[str, RunState | None, Output, RunState | None, Output, CrashVerdict]] = [
    ("task-killed", SUCCESS, RIGHT, SUCCESS, RIGHT, "recovered"),
    ("task-killed", FAILED, NOTHING, SUCCESS, RIGHT, "recovered"),
    ("task-killed", FAILED, NOTHING, FAILED, NOTHING, "failed"),
    ("task-killed", FAILED, NOTHING, FAILED, BEGUN, "failed"),
    ("task-killed", SUCCESS, NOTHING, SUCCESS, NOTHING, "false success"),
    ("task-killed", SUCCESS, NOTHING, SUCCESS, RIGHT, "false success"),
    ("task-killed", SUCCESS, RIGHT, SUCCESS, TWICE, "false success"),
    ("task-killed", FAILED, NOTHING, FAILED, RIGHT, "false failure"),
    ("task-killed", FAILED, NOTHING, FAILED, TWICE, "damaged"),
    ("task-killed", None, NOTHING, None, NOTHING, "stuck"),
    ("task-killed", None, RIGHT, None, RIGHT, "stuck"),
    ("warehouse-gone", FAILED, NOTHING, FAILED, NOTHING, "failed"),
    ("double-trigger", SUCCESS, RIGHT, SUCCESS, RIGHT, "once"),
    ("double-trigger", SUCCESS, RIGHT, SUCCESS, TWICE, "twice"),
    ("cancelled", FAILED, NOTHING, FAILED, NOTHING, "stopped"),
    ("cancelled", FAILED, NOTHING, FAILED, RIGHT, "ran on"),
    ("cancelled", SUCCESS, RIGHT, SUCCESS, RIGHT, "ran on"),
    ("cancelled", None, NOTHING, None, NOTHING, "stuck"),
    ("starved", SUCCESS, RIGHT, SUCCESS, RIGHT, "calm"),
    ("starved", FAILED, NOTHING, FAILED, RIGHT, "false alarm"),
    ("starved", SUCCESS, NOTHING, SUCCESS, NOTHING, "false success"),
]


@pytest.mark.parametrize(("scenario", "first", "at_first", "last", "at_last", "finding"), SEEN)
def test_each_verdict(
    scenario: str,
    first: RunState | None,
    at_first: Output,
    last: RunState | None,
    at_last: Output,
    finding: CrashVerdict,
) -> None:
    traces = CrashEvidence(
        Snapshot(state=first, output=at_first), Snapshot(state=last, output=at_last), CLEAN, [], SUCCESS
    )
    assert judge_crash(crashes()[scenario], traces) == finding


@pytest.mark.parametrize(
    ("scenario", "ended_ms", "did_s", "late"),
    [
        ("warehouse-gone", 4000, None, True),
        ("warehouse-gone", 4000, 0.5, True),
        ("cut-off", 4000, None, True),
        ("cut-off", 5400, None, False),
        ("disk-full", 2000, 0.5, False),
        ("disk-full", 2000, 2.5, True),
        ("disk-full", 2000, None, False),
        ("redeployed", 20_000, 25.0, False),
        ("cancelled", 20_000, 20.5, True),
    ],
)
def test_a_fault_after_its_step_had_succeeded_hit_nothing(
    scenario: str, ended_ms: float, did_s: float | None, late: bool
) -> None:
    crash = crashes()[scenario]
    (step,) = (fault.step for fault in crash.faults)
    begun = [event("started", step, 900), event("fault", step, 1000)]
    again = [
        event("started", step, 1000 + ended_ms, attempt=2),
        event("ended", step, 9e5, attempt=2, outcome="success"),
    ]
    well = event("ended", step, 1000 + ended_ms, outcome="success")
    badly = event("ended", step, 1000 + ended_ms, outcome="failure")
    assert too_late(crash, [*begun, well, *again], did_s) is late
    assert not too_late(crash, [*begun, badly, *again], did_s)
    assert not too_late(crash, [*begun, *again], did_s)


def test_a_slow_run_that_was_restarted_is_a_false_alarm() -> None:
    look = Snapshot(state=SUCCESS, output=RIGHT)
    assert judge_crash(crashes()["starved"], CrashEvidence(look, look, AGAIN, [], SUCCESS)) == "false alarm"


def test_a_cancelled_step_that_continues_is_found_even_without_output() -> None:
    look = Snapshot(state=FAILED, output=NOTHING)
    assert (
        judge_crash(crashes()["cancelled"], CrashEvidence(look, look, CLEAN[:3], ["transform 1 (1)"], SUCCESS))
        == "ran on"
    )


@pytest.mark.parametrize(("next_run", "finding"), [(SUCCESS, "freed"), (FAILED, "held"), (None, "held")])
def test_a_slot_is_free_if_the_next_run_succeeds_whatever_happened_to_the_first(
    next_run: RunState | None, finding: CrashVerdict
) -> None:
    look = Snapshot(state=None, output=NOTHING)
    assert judge_crash(crashes()["slot-killed"], CrashEvidence(look, look, CLEAN[:3], [], next_run)) == finding


def test_an_attempt_without_an_end_is_a_copy_while_its_process_is_alive() -> None:
    first, second = event("started", "transform", 1000, 1, pid=7), event("started", "transform", 3000, 2, pid=8)
    events = [first, second, event("ended", "transform", 5000, 2, "success", pid=8)]
    assert [attempt_name(each) for each in unended(events)] == ["transform 1 (7)"]
    assert overlap_s(events, {}) == 0
    assert overlap_s(events, {"transform 1 (7)": 2000 * MS}) == 0
    assert overlap_s(events, {"transform 1 (7)": 4000 * MS}) == 1
    assert overlap_s(events, {"transform 1 (7)": 3040 * MS}) == 0, "a death is seen a little late"
    assert overlap_s(AGAIN, {}) == 0
