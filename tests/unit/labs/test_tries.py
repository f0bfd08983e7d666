"""A trial that ends in an error is repeated, in a fresh stack if the old one may be damaged."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from samples import crash, trial

from harness.experiment.envelope import Envelope
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.isolation.protocol import StackError
from harness.labs.crash import round as crash_round
from harness.labs.crash.round import CrashRound
from harness.labs.crash.scenarios import crashes
from harness.labs.latency import round as latency_round
from harness.labs.latency.round import LatencyRound
from harness.measure import round as one_round
from harness.measure.golden_file import scenarios
from harness.measure.presence import Presence
from harness.results.records import RoundRecord

TRIALS = tuple(PlannedTrial(name, n == 0, 0.0) for n, name in enumerate(("etl", "noop", "retry")))
PLANNED = PlannedRound(1, "tool", "defaults", TRIALS, rest_s=0.0)
PLAN = Plan(scenarios(), (PLANNED,))
NAME = "lap1-tool-defaults"


def admitted(record: Any) -> Any:
    return record


class Played:
    """Scripted stacks and trials: their outcomes, and the stack of each trial."""

    alive = True

    def __init__(self) -> None:
        self.stacks = 0
        self.kept: list[Any] = []
        self.places: list[tuple[str, bool, int]] = []

    def launch(self, *_: object) -> Any:
        @contextmanager
        def up() -> Iterator[Any]:
            self.stacks += 1
            running = SimpleNamespace(
                started_ns=0,
                gauge=lambda: None,
                alive=lambda: self.alive,
                log=lambda: "its log",
                state_size=lambda: STATE,
            )
            yield SimpleNamespace(running=running, contender=SimpleNamespace(name="tool"))

        return up()


STATE = SimpleNamespace(size_bytes=0, transactions=None)
Play = Callable[..., tuple[Played, RoundRecord]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Play a round whose trials have these outcomes in order."""

    def played(*outcomes: tuple[str, str | None]) -> tuple[Played, RoundRecord]:
        stage, coming = Played(), iter(outcomes)

        def run_trial(_stack: Any, place: Any, planned: PlannedTrial, *_: object) -> Any:
            outcome, state = next(coming)
            stage.places.append((place.trial.removeprefix(f"{NAME}-"), planned.cold, stage.stacks))
            record = trial("tool", planned.scenario, cold=planned.cold, outcome=outcome)
            return record.model_copy(update={"state": state, "trial": place.trial})

        monkeypatch.setattr(one_round, "launch", stage.launch)
        monkeypatch.setattr(one_round, "wait_ready", lambda *_: 1.0)
        monkeypatch.setattr(latency_round, "run_trial", run_trial)
        own: Any = SimpleNamespace(manifest=SimpleNamespace(folder=None))
        each = LatencyRound(own, own, Envelope(), PLAN, PLANNED, 1, lambda _: None, admitted, stage.kept.append)
        return stage, each.run()

    return played


VALID, HUNG, LATE, NO_END = ("valid", "success"), ("hung", None), ("error", "success"), ("error", None)


@pytest.mark.parametrize(
    ("outcomes", "places"),
    [
        ([VALID] * 3, ["01-etl cold in 1", "02-noop in 1", "03-retry in 1"]),
        # Its run has ended, so the same stack serves the next try.
        ([VALID, LATE, VALID, VALID], ["01-etl cold in 1", "02-noop in 1", "02-noop-try2 in 1", "03-retry in 1"]),
        # A trial that should be cold is still cold.
        ([LATE, *[VALID] * 3], ["01-etl cold in 1", "01-etl-try2 cold in 2", "02-noop in 2", "03-retry in 2"]),
        # A run without an end could write into the next one's warehouse.
        (
            [VALID, NO_END, VALID, VALID],
            ["01-etl cold in 1", "02-noop in 1", "02-noop-try2 cold in 2", "03-retry in 2"],
        ),
        ([VALID, HUNG, VALID], ["01-etl cold in 1", "02-noop in 1", "03-retry cold in 2"]),
        # Three are enough.
        (
            [VALID, LATE, LATE, LATE, VALID],
            ["01-etl cold in 1", "02-noop in 1", "02-noop-try2 in 1", "02-noop-try3 in 1", "03-retry in 1"],
        ),
    ],
    ids=["all well", "late", "late and cold", "no end", "hung", "three times"],
)
def test_a_trial_that_ends_in_an_error_is_repeated(play: Play, outcomes: Sequence[Any], places: list[str]) -> None:
    stage, end = play(*outcomes)
    assert [f"{name}{' cold' * cold} in {stack}" for name, cold, stack in stage.places] == places
    assert end.failure == ""
    assert len(stage.kept) == len(outcomes), "every try is recorded"
    assert [each.ends_a_life for each in stage.kept[:-1]] == [
        before[2] != after[2] for before, after in zip(stage.places, stage.places[1:], strict=False)
    ]


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the harness absent for so many checks."""

    def times(count: int) -> None:
        told = iter([17.2] * count)
        monkeypatch.setattr(Presence, "absent_s", property(lambda _self: next(told, 0.0)))

    return times


def test_a_stack_that_became_ready_during_an_absence_is_started_again(
    play: Play, asleep: Callable[[int], None]
) -> None:
    # The absence is checked once when it is ready, and once when the stack is lost.
    asleep(2)
    stage, end = play(*[VALID] * 3)
    assert (stage.stacks, end.failure, end.ready_s) == (2, "", 1.0)


def test_there_is_a_limit_for_restarts(play: Play, asleep: Callable[[int], None]) -> None:
    asleep(100)
    stage, end = play(*[VALID] * 3)
    assert stage.stacks == 3
    assert end.failure == "startup was not measured: the harness did not run for 17.2 s"


def test_a_stack_that_is_lost_while_the_harness_is_present_ends_its_round(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> Any:
        raise StackError("not ready in 30 s")

    monkeypatch.setattr(Played, "launch", lost)
    _, end = play()
    assert end.failure == "not ready in 30 s"


def test_a_stack_that_crashed_in_an_error_ends_its_round(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Played, "alive", False)
    stage, end = play(NO_END)
    assert (end.failure, len(stage.kept)) == ("the stack ended during a trial", 1)


def test_a_crash_trial_that_ended_in_an_error_is_repeated_in_a_fresh_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, coming = Played(), iter(["error", "valid", "error", "error", "error"])
    names = ("task-killed", "after-commit")

    def run_crash_trial(_stack: Any, place: Any, asked: Any, *_: object) -> Any:
        stage.places.append((place.trial.removeprefix(f"{NAME}-"), False, stage.stacks))
        outcome = next(coming)
        update = {"outcome": outcome, "trial": place.trial, "finding": None if outcome == "error" else "recovered"}
        return crash("tool", asked.name).model_copy(update=update)

    monkeypatch.setattr(one_round, "launch", stage.launch)
    monkeypatch.setattr(one_round, "wait_ready", lambda *_: 1.0)
    monkeypatch.setattr(crash_round, "run_crash_trial", run_crash_trial)
    planned = PlannedRound(1, "tool", "defaults", tuple(PlannedTrial(name, False, 0.0) for name in names), rest_s=0.0)
    own: Any = SimpleNamespace(manifest=SimpleNamespace(folder=None))
    plan = Plan({}, (planned,), crashes=crashes())
    end = CrashRound(own, own, Envelope(), plan, planned, 1, lambda _: None, admitted, stage.kept.append).run()
    assert [f"{name} in {stack}" for name, _, stack in stage.places] == [
        "01-task-killed in 1",
        "01-task-killed-try2 in 2",
        "02-after-commit in 2",
        "02-after-commit-try2 in 3",
        "02-after-commit-try3 in 4",
    ]
    assert end.failure == ""
    assert len(stage.kept) == 5
