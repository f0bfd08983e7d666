"""The audit of crash trials: a valid record has no fault, and each false observation has one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks import write_benchmark
from samples import CRASHED, crash, plan_of
from stamps import HELD

from harness.audit.plan import check_plan_hash
from harness.experiment.crash_verdict import Snapshot
from harness.experiment.golden import Output
from harness.labs.crash.scenarios import crashes
from harness.results.crash_laws import trial_faults
from harness.results.result import read_result

PLAN = replace(plan_of(), crashes={name: crashes()[name] for name in CRASHED}, patience_s=120.0)
LOOK = crash("tool").later
assert LOOK is not None
WRONG = LOOK.model_copy(
    update={"output": LOOK.output.model_copy(update={"difference": "delivery: 2 rows, expected 1"})}
)
NOTHING = Snapshot(state="success", output=Output(difference="flight: the table is missing"))


def test_a_crash_plan_has_each_system_once_together_and_once_alone(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    result = read_result(tmp_path)
    (floor, tool) = (replace(planned, trials=()) for planned in result.plan.rounds)
    alone = replace(tool, alone=True)
    cases = [((floor, tool, alone), True), ((floor, tool, tool), False), ((floor, tool, alone, alone), False)]
    for rounds, sound in cases:
        numbered = tuple(replace(each, number=number) for number, each in enumerate(rounds, start=1))
        plan = replace(result.plan, rounds=numbered, crashes=crashes())
        assert ([*check_plan_hash(replace(result, plan=plan))] == []) is sound


def test_a_valid_record_has_no_fault() -> None:
    assert [*trial_faults(crash("tool"), PLAN)] == []
    honest = crash("tool", finding="false success", told=NOTHING)
    assert [*trial_faults(honest, PLAN)] == []
    missed = crash("tool", outcome="missed", finding=None, reason="too late")
    assert [*trial_faults(missed, PLAN)] == []


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"scenario": "nonsense"}, "the plan has no crash scenario 'nonsense'"),
        ({"patience_s": 900}, "patience_s is 900, but the plan has 120"),
        ({"finding": None}, "its outcome is valid, with the finding None"),
        ({"reason": "so it goes"}, "and the reason 'so it goes'"),
        ({"outcome": "missed"}, "its outcome is missed, with the finding recovered"),
        ({"finding": "failed"}, "its finding is failed, but its observations give recovered"),
        ({"told": NOTHING}, "its finding is recovered, but its observations give false success"),
        ({"later": None}, "it has no observation `later`"),
        ({"later": WRONG}, "the output is as expected, but the record says it differs"),
        ({"later": NOTHING.model_copy(update={"output": Output()})}, "output.tables.flight is missing"),
        ({"overlap_s": 2.0}, "overlap_s is 2, but its events give 0"),
        ({"lived_on": ["export 9 (9)"]}, "names attempts without any event: export 9 (9)"),
        ({"lived_on": ["export 1 (1)"]}, "survived, but they ended: export 1 (1)"),
        ({"struck_ns": 1}, "expected 0 < sent_ns <= struck_ns"),
        ({"told_s": None}, "an observation at the reported end, but no time of it"),
        ({"events": []}, "no fault happened"),
        ({"ran_as": "another"}, "it contains events of a trial other than another"),
        ({"scenario": "cut-off", "trial": "lap1-tool-defaults-01-cut-off", "did": []}, "no act was recorded"),
        (
            {"scenario": "cut-off", "trial": "lap1-tool-defaults-01-cut-off", "did_s": 0.5, "events": HELD},
            "its step ended before the fault could hit it",
        ),
    ],
)
def test_each_false_observation_is_found(told: dict[str, Any], fault: str) -> None:
    assert fault in "\n".join(trial_faults(crash("tool", **told), PLAN))
