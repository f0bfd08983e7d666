"""Measurements that the loop takes once, and the errors that end it.

An install that was part of a build is not repeated, and unit tests follow the plan. Only a record that cannot be stored
ends the loop.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from samples import environment, round_, unit_test

from harness.errors import Misuse
from harness.experiment.envelope import Envelope, Pinning
from harness.experiment.plan import Plan, PlannedRound
from harness.labs import benchmark as measuring
from harness.labs import once
from harness.labs.benchmark import Benchmark
from harness.labs.latency.kind import LATENCY
from harness.machine.describe_machine import BenchContext, Intent
from harness.orchestrators.discovery import discover
from harness.provision.built import BuildError, Built, Install
from harness.results.records import RECORDS, RecordError, RoundRecord, parse
from harness.results.store import Store

BASELINE = discover()[0]
ENVELOPE = Envelope(cpuset=(1, 2))
BY_BUILD, BY_ITSELF = Install(100, 10, 1.5), Install(100, 10, 2.5)
ROUNDS = tuple(PlannedRound(lap, BASELINE.name, "defaults", (), rest_s=0, number=lap) for lap in (1, 2))


@dataclass
class Building:
    """An isolation that builds once, if it has not built before, and records its calls."""

    built: bool = False
    broken: bool = False
    failing: Exception | None = None
    done: list[str] = field(default_factory=list)

    def prepare(self, _manifest: object, _say: object, envelope: Envelope) -> Built:
        assert envelope == ENVELOPE
        if self.failing:
            raise self.failing
        if self.built:
            return Built("i", "0" * 64, 1)
        self.built = True
        self.done.append("build")
        return Built("i", "0" * 64, 1, BY_BUILD)

    def install(self, _manifest: object, envelope: Envelope) -> Install:
        assert envelope == ENVELOPE
        self.done.append("install")
        if self.broken:
            raise BuildError("no room")
        return BY_ITSELF


@dataclass(frozen=True)
class Ended:
    """A round that ends at once."""

    isolation: Building
    planned: PlannedRound
    round_try: int

    def __init__(self, **known: Any) -> None:
        for name in ("isolation", "planned", "round_try"):
            object.__setattr__(self, name, known[name])

    def run(self) -> RoundRecord:
        self.isolation.done.append("round")
        place = {"round_number": self.planned.number, "round_try": self.round_try}
        return round_(self.planned.orchestrator, lap=self.planned.lap).model_copy(update=place)


class Deaf:
    def __getattr__(self, _name: str) -> Any:
        return lambda _what: None


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(measuring, "kind_of", lambda _plan: replace(LATENCY, round=Ended))

    def tested(isolation: Building, *_: object) -> object:
        isolation.done.append("unit test")
        return unit_test(BASELINE.name)

    monkeypatch.setattr(once, "run_unit_test", tested)

    def run_it(
        isolation: Building,
        *,
        unit_tests: bool = True,
        at_once: int = 1,
        rounds: Any = ROUNDS,
        done: Sequence[Any] = (),
        listener: Any = None,
    ) -> list[Any]:
        pinning = Pinning(pinned=False, harness=[0], stacks=[0], sharing=at_once)
        store = Store(tmp_path, "0" * 64)
        ground: Any = BenchContext(isolation, Built("i", "0" * 64, 1), ENVELOPE, pinning)
        plan = Plan({}, rounds, unit_tests=unit_tests)
        intent = Intent([BASELINE], None, "quick", 1, 1, plan, done)
        loop = Benchmark(ground, intent, environment(BASELINE.name), store, listener or Deaf())
        loop.run(listener.between if listener else lambda: None)
        kept = tmp_path / RECORDS
        return [parse(line) for line in kept.read_bytes().splitlines()] if kept.exists() else []

    return run_it


def test_the_install_of_a_build_is_the_measurement(run) -> None:
    isolation = Building()
    records = run(isolation)
    assert isolation.done == ["build", "round", "unit test", "round"]
    assert [record.install_s for record in records if record.kind == "setup"] == [BY_BUILD.seconds]
    assert [record.kind for record in records] == ["built", "setup", "code", "round", "unit_test", "round"]


def test_an_existing_build_is_installed_once_after_its_first_round(run) -> None:
    isolation = Building(built=True)
    records = run(isolation)
    assert isolation.done == ["round", "install", "unit test", "round"]
    assert [record.install_s for record in records if record.kind == "setup"] == [BY_ITSELF.seconds]


def test_a_failed_install_costs_only_its_own_value(run) -> None:
    isolation = Building(built=True, broken=True)
    (setup,) = (record for record in run(isolation) if record.kind == "setup")
    assert (setup.install_s, setup.failure) == (None, "no room")
    assert isolation.done.count("install") == 1


def test_the_plan_says_whether_unit_tests_run(run) -> None:
    isolation = Building()
    records = run(isolation, unit_tests=False)
    assert "unit test" not in isolation.done
    assert "unit_test" not in [record.kind for record in records]


BESIDE = tuple(
    PlannedRound(1, BASELINE.name, profile, (), rest_s=0, number=number)
    for number, profile in enumerate(("defaults", "tuned"), start=1)
)


@pytest.mark.parametrize(("at_once", "rounds"), [(1, ROUNDS), (2, BESIDE)])
def test_a_change_of_the_harness_ends_the_loop_before_the_next_round(
    run, monkeypatch: pytest.MonkeyPatch, at_once: int, rounds: Any
) -> None:
    isolation = Building()
    looks: list[object] = []

    def changed_later(_before: object) -> None:
        looks.append(None)
        if "round" in isolation.done:
            raise Misuse("it changed")

    def one_after_another(rounds: Iterable[Any], *_: object) -> Iterator[RoundRecord]:
        return (each.run() for each in rounds)

    monkeypatch.setattr(measuring, "demand_unchanged", changed_later)
    monkeypatch.setattr(measuring, "run_side_by_side", one_after_another)
    with pytest.raises(Misuse, match="it changed"):
        run(isolation, at_once=at_once, rounds=rounds)
    assert isolation.done.count("round") == 1
    assert len(looks) > 1


def test_measurements_between_a_round_and_its_install_are_caught_up_on(run) -> None:
    """Killed after the last round of a tool: nothing else would measure its install and its unit test."""
    ended = [round_(BASELINE.name, lap=lap).model_copy(update={"round_number": lap}) for lap in (1, 2)]
    isolation = Building(built=True)
    assert [record.kind for record in run(isolation, done=ended) if record.kind != "code"] == [
        "built",
        "setup",
        "unit_test",
    ]
    assert isolation.done == ["install", "unit test"]


def test_nothing_is_measured_after_failed_rounds(run) -> None:
    ended = [
        round_(BASELINE.name, lap=lap, failure="it died").model_copy(update={"round_number": lap}) for lap in (1, 2)
    ]
    isolation = Building(built=True)
    assert run(isolation, done=ended) == []
    assert isolation.done == []


@pytest.mark.parametrize("error", [ConnectionError("reset"), PermissionError(13, "no"), KeyError("NCPU")])
def test_a_build_that_fails_unexpectedly_costs_only_its_rounds(run, error: Exception) -> None:
    records = run(Building(failing=error))
    assert [record.kind for record in records] == ["round", "round"]
    assert all(type(error).__name__ in record.failure for record in records)


class Broken:
    """A closed terminal, and a report with a bug."""

    def __getattr__(self, _name: str) -> Any:
        def fail(_what: object) -> None:
            raise OSError(5, "Input/output error")

        return fail

    def between(self) -> None:
        raise ZeroDivisionError


def test_a_failed_display_does_not_stop_the_measurement(run) -> None:
    records = run(Building(), listener=Broken())
    assert [record.kind for record in records] == ["built", "setup", "code", "round", "unit_test", "round"]
    assert [record.failure for record in records if record.kind == "round"] == ["", ""]


def test_a_store_that_cannot_write_ends_the_benchmark(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    append = Store.append

    def full(store: Store, record: Any) -> None:
        if record.kind != "built":
            raise RecordError("the disk is full", remedy="orchbench bench --resume")
        append(store, record)

    monkeypatch.setattr(Store, "append", full)
    with pytest.raises(RecordError, match="the disk is full"):
        run(Building())
    kinds = [parse(line).kind for line in (tmp_path / RECORDS).read_bytes().splitlines()]
    assert kinds == ["built"], "a round that was lost is none that was run"
