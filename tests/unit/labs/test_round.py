"""A round whose record is odd or cannot be stored, which is not the stack's fault."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from samples import crash, trial

from harness.experiment.envelope import Envelope
from harness.experiment.judgement import TRIES
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.isolation.protocol import StateSize
from harness.labs.crash import round as crash_rounds
from harness.labs.crash.round import CrashRound
from harness.labs.crash.scenarios import crashes
from harness.labs.latency import round as latency_rounds
from harness.labs.latency.round import LatencyRound
from harness.measure import round as rounds
from harness.measure.golden_file import scenarios
from harness.orchestrators.contender import Contender
from harness.orchestrators.discovery import discover
from harness.results.admission import refused
from harness.results.records import RecordError

BASELINE = discover()[0]
BARE = Contender(BASELINE, "defaults")
RUNNING = SimpleNamespace(
    started_ns=0,
    gauge=lambda: None,
    state_size=lambda: StateSize(0, None),
    alive=lambda: True,
    log=lambda: "last words",
)


@pytest.fixture(autouse=True)
def a_stack_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def launch(*_: object) -> Iterator[Any]:
        yield SimpleNamespace(contender=BARE, running=RUNNING)

    monkeypatch.setattr(rounds, "launch", launch)
    monkeypatch.setattr(rounds, "wait_ready", lambda *_: 1.0)
    monkeypatch.setattr(latency_rounds, "run_trial", lambda *_: trial(BASELINE.name))
    monkeypatch.setattr(crash_rounds, "run_crash_trial", lambda *_: crash(BASELINE.name))


def as_it_is(record: Any) -> Any:
    return record


def full(_record: object) -> None:
    raise RecordError("the disk is full")


def round_of(keep: Callable[[Any], None], admit: Callable[[Any], Any] = as_it_is) -> LatencyRound:
    planned = PlannedRound(1, BASELINE.name, "defaults", (PlannedTrial("etl", True, 0.0),) * 2, rest_s=0)
    return LatencyRound(None, BARE, Envelope(), Plan(scenarios(), ()), planned, 1, print, admit, keep)


def crash_round_of(keep: Callable[[Any], None]) -> CrashRound:
    planned = PlannedRound(1, BASELINE.name, "defaults", (PlannedTrial("task-killed", False, 0.0),), rest_s=0)
    plan = Plan({}, (planned,), crashes=crashes())
    return CrashRound(None, BARE, Envelope(), plan, planned, 1, print, as_it_is, keep)


@pytest.mark.parametrize("make", [round_of, crash_round_of])
def test_a_record_that_cannot_be_stored_does_not_end_the_round(make: Callable[..., Any]) -> None:
    with pytest.raises(RecordError, match="the disk is full"):
        make(full).run()


def test_the_admitted_record_is_stored() -> None:
    kept: list[Any] = []
    end = round_of(kept.append, lambda record: refused(record, "it is odd")).run()
    assert [(each.outcome, each.reason) for each in kept] == [("error", "it is odd")] * 2 * TRIES
    assert (end.failure, end.first_success_s) == ("", None), "an error is no success"
