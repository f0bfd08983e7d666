"""Rounds that run in parallel: each on a separate CPU, none lost, and a failing one affects no other."""

from copy import copy
from dataclasses import replace

import psutil
import pytest
from orchestrators.assembled import BASELINE

from harness.experiment.envelope import Envelope
from harness.experiment.plan import Plan, PlannedTrial
from harness.isolation.protocol import Isolation, available_cpus
from harness.labs.latency.plan import PRESETS, make_plan
from harness.labs.latency.round import LatencyRound
from harness.labs.side_by_side import Recorded, run_side_by_side
from harness.machine.host_lock import exclusive
from harness.results.records import RoundRecord, TrialRecord

pytestmark = [pytest.mark.integration, pytest.mark.first_in("process")]


@pytest.fixture
def rounds(isolation: Isolation, build) -> list[LatencyRound]:
    """Two rounds of two trials each, with one CPU per round."""
    build(BASELINE)
    cpus = sorted(available_cpus())
    if len(cpus) < 2:
        pytest.skip("TWO ROUNDS AT ONCE NEED TWO CPUS")
    plan = make_plan([BASELINE], PRESETS["quick"], 2, 1)
    return [round_on(isolation, plan, index, cpus[index]) for index in range(2)]


def round_on(isolation: Isolation, plan: Plan, index: int, cpu: int) -> LatencyRound:
    planned = plan.rounds[index]
    return LatencyRound(
        isolation=isolation,
        contender=planned.contender({BASELINE.name: BASELINE}),
        envelope=Envelope(cpus=1, cpuset=(cpu,)),
        plan=plan,
        # Two short trials, and the shortest idle period.
        planned=replace(planned, trials=(PlannedTrial("noop", True, 0), PlannedTrial("retry", False, 0)), rest_s=1.0),
        round_try=1,
        doing=print,
        admit=copy,
        keep=print,
        lane=(cpu,),
    )


def test_two_parallel_rounds_lose_no_record(rounds: list[LatencyRound]) -> None:
    with exclusive():
        records = list(run_side_by_side(rounds, print, 2))
    trials = [record for record in records if isinstance(record, TrialRecord)]
    assert [(trial.outcome, trial.reason) for trial in trials] == [("valid", "")] * 4
    ends = {record.round: record for record in records if isinstance(record, RoundRecord)}
    assert [ends[each.planned.id].failure for each in rounds] == ["", ""]
    spans = [[trial for trial in trials if trial.round == each.planned.id] for each in rounds]
    latest_start = max(span[0].sent_ns for span in spans)
    assert latest_start < min(span[-1].finished_ns for span in spans), "they ran one after the other"
    assert [record.at_s for record in records] == sorted(record.at_s for record in records)


@pytest.mark.only_in("process")
def test_only_the_round_whose_process_is_killed_fails(rounds: list[LatencyRound], isolation: Isolation) -> None:
    records: list[Recorded] = []
    with exclusive():
        for record in run_side_by_side(rounds, print, 2):
            if not records:
                spawned = (child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline()))
                next(spawned).kill()
            records.append(record)
        isolation.remove_leftovers()
    failures = sorted(record.failure for record in records if isinstance(record, RoundRecord))
    assert failures == ["", "the process of this round exited with -9"]
