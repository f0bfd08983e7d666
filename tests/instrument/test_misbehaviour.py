"""A lap with one orchestrator that misbehaves in every known way, and one that is never ready."""

import shutil
from dataclasses import replace
from functools import partial

import pytest
from orchestrators.assembled import BASELINE, ORCHESTRATORS, WITHOUT_EVENTS, assemble
from orchestrators.benchmarking import run_benchmark
from rich.console import Console

from harness.audit import audit
from harness.cli.progress import Display
from harness.experiment.judgement import TRIES
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.isolation.protocol import Isolation
from harness.labs.latency.kind import LATENCY
from harness.labs.latency.plan import QUICK, make_plan
from harness.report.lineup import lineup_of
from harness.report.markdown import render_tables
from harness.results.records import RoundRecord, TrialRecord
from harness.results.result import Result, read_result

pytestmark = pytest.mark.instrument

EXPECTED = [
    ("failed", "the tool says that the run ended"),
    ("failed", "before the trigger was sent"),
    ("invalid", "is no valid event"),
    ("invalid", "is no valid event: event: Field required"),
    ("invalid", "is no valid event"),
    ("removed", ""),
    ("failed", "there are events of not-lap1-wild-defaults-07-retry"),
    ("invalid", "it is a view, expected a table"),
    ("invalid", "flight: cannot be read"),
    ("failed", "was retried after 0.5"),
    ("valid", ""),
    ("error", "KeyError: '[/x] is no markup' (driver.py, line "),
    ("error", "KeyError: '[bold]' (driver.py, line "),
    ("error", "UnicodeDecodeError"),
    ("hung", "no final state within the trial's time limit"),
    ("valid", ""),
]


@pytest.fixture(scope="module")
def shown() -> Console:
    """The output that a user sees."""
    return Console(record=True, width=200)


@pytest.fixture(scope="module")
def result(isolation: Isolation, build, tmp_path_factory: pytest.TempPathFactory, shown: Console) -> Result:
    folder = tmp_path_factory.mktemp("misbehaviour")
    pipelines = folder / "pipelines"
    wild, unready = assemble("wild", pipelines), assemble("unready", pipelines)
    shutil.copy(ORCHESTRATORS / "cheat" / "cheats.py", wild.folder)
    manifests = {each.name: each for each in (BASELINE, wild, unready)}
    plan = make_plan(list(manifests.values()), QUICK, 1, 1)
    retries = tuple(PlannedTrial("retry", number == 0, 0.0) for number in range(len(EXPECTED)))
    rounds = {each.orchestrator: each for each in plan.rounds}
    wild_round = PlannedRound(1, "wild", "defaults", retries, rest_s=1)
    ordered = (rounds["unready"], wild_round, rounds[BASELINE.name])
    plan = Plan(plan.scenarios, tuple(replace(each, number=number) for number, each in enumerate(ordered, start=1)))
    line_of = partial(LATENCY.trial_line, plan)
    with Display(shown, {each.id: 60.0 for each in plan.rounds}, plan.rounds, line_of) as display:
        run_benchmark(folder / "result", isolation, build, manifests, plan, QUICK, display)
    return read_result(folder / "result")


def test_each_misbehaviour_affects_only_its_trial(result: Result, isolation: Isolation) -> None:
    trials = [each for each in result.records if isinstance(each, TrialRecord) and each.orchestrator == "wild"]
    # An error is not a verdict, so the trial is repeated.
    known = [WITHOUT_EVENTS[isolation.kind] if each[0] == "removed" else each for each in EXPECTED]
    expected = [each for each in known for _ in range(TRIES if each[0] == "error" else 1)]
    assert [trial.outcome for trial in trials] == [outcome for outcome, _ in expected], [t.reason for t in trials]
    for trial, (_, words) in zip(trials, expected, strict=True):
        assert words in trial.reason
    fresh = [True, *(before.ends_a_life for before in trials[:-1])]
    assert [trial.cold for trial in trials] == fresh, "the first in a fresh stack is cold, and no other"
    assert sum(trial.outcome == "hung" for trial in trials) < sum(fresh)


def test_a_driver_error_is_located_and_ends_only_its_round(result: Result) -> None:
    failures = {each.orchestrator: each.failure for each in result.records if isinstance(each, RoundRecord)}
    assert (
        "not ready after 8 s (last error from the driver's `ready`: KeyError: 'scheduler' (driver.py, line 10))"
        in (failures["unready"])
    )
    assert failures["wild"] == ""


def test_the_other_system_is_complete_and_the_result_is_valid(result: Result, shown: Console) -> None:
    trials = [each for each in result.records if isinstance(each, TrialRecord) and each.orchestrator == BASELINE.name]
    assert {trial.outcome for trial in trials} == {"valid"}
    assert audit(result) == []
    assert f"{len(trials)} of {len(trials)}" in render_tables(lineup_of(result))
    assert "'[/x] is no markup'" in shown.export_text()
