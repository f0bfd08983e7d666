"""The probe: the stamps of a step attempt, and the faults that it injects."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.measure.event_file import read_events
from harness.paths import PIPELINES
from reference import noop
from reference.probe import InjectedFault, observe

Events = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Events:
    """Return the events that were written so far."""
    path = tmp_path / "events.jsonl"
    monkeypatch.setenv("ORCHBENCH_EVENTS", str(path))
    monkeypatch.setenv("ORCHBENCH_FAULTS", str(tmp_path / "faults.json"))
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


def set_faults(*faults: dict[str, object]) -> None:
    Path(os.environ["ORCHBENCH_FAULTS"]).write_text(json.dumps(faults))


def raising(step: str, attempts: int, trial: str = "t1") -> dict[str, object]:
    return {"kind": "raise", "trial": trial, "step": step, "attempts": attempts}


def test_an_attempt_is_two_lines(events: Events) -> None:
    with observe("t1", "load") as report:
        assert [event["event"] for event in events()] == ["started"]
        report.rows_out = 7

    started, ended = events()
    identity = {"trial": "t1", "step": "load", "attempt": 1, "pid": os.getpid(), "host": socket.gethostname()}
    assert started.items() >= identity.items()
    assert ended.items() >= (identity | {"outcome": "success", "rows_in": None, "rows_out": 7}).items()
    assert started["monotonic_ns"] <= ended["monotonic_ns"]
    assert started["time_ns"] <= ended["time_ns"]


def test_attempts_are_counted_by_trial_and_step(events: Events) -> None:
    for trial, step in [("t1", "load"), ("t1", "load"), ("t1", "export"), ("t2", "load"), ("t1", "load")]:
        with observe(trial, step):
            pass

    assert [event["attempt"] for event in events() if event["event"] == "started"] == [1, 2, 1, 1, 3]


def die_in_load() -> None:
    with observe("t1", "load"):
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_search_for_earlier_attempts_belongs_to_the_steps_time(events: Events) -> None:
    with observe("another", "load"):
        pass
    path = Path(os.environ["ORCHBENCH_EVENTS"])
    path.write_text(10_000 * path.read_text())
    before_ns = time.monotonic_ns()
    with observe("t", "load"):
        inside_ns = time.monotonic_ns()
    started, _ = events()[-2:]
    assert started["monotonic_ns"] - before_ns < (inside_ns - before_ns) / 2


def test_an_attempt_that_never_ended_counts(events: Events) -> None:
    process = multiprocessing.get_context("spawn").Process(target=die_in_load)
    process.start()
    process.join(timeout=60)
    with observe("t1", "load"):
        pass

    assert [(event["event"], event["attempt"]) for event in events()] == [
        ("started", 1),
        ("started", 2),
        ("ended", 2),
    ]


@pytest.mark.parametrize("error", [ValueError("no such month"), KeyboardInterrupt(), SystemExit(1)])
def test_a_failure_is_written_and_passed_on(events: Events, error: BaseException) -> None:
    with pytest.raises(type(error)), observe("t1", "load"):
        raise error

    ended = events()[-1]
    assert ended["outcome"] == "failure"
    assert ended["error"] == repr(error)


def test_raise_fails_only_the_first_attempts(events: Events) -> None:
    set_faults(raising("transform", attempts=2))
    bodies = 0
    for _ in range(2):
        with pytest.raises(InjectedFault, match="transform was asked to fail"), observe("t1", "transform"):
            bodies += 1
    with observe("t1", "transform"):
        bodies += 1

    assert bodies == 1
    assert [event["outcome"] for event in events() if event["event"] == "ended"] == [
        "failure",
        "failure",
        "success",
    ]


def test_a_fault_affects_only_its_own_trial_and_step(events: Events) -> None:
    set_faults(raising("load", attempts=9, trial="t2"), raising("export", attempts=9))

    noop.load("t1")
    noop.transform("t1")
    with pytest.raises(InjectedFault):
        noop.export("t1")

    assert [event["outcome"] for event in events() if event["event"] == "ended"] == [
        "success",
        "success",
        "failure",
    ]


def at_point(kind: str, at: str, seconds: float = 0) -> dict[str, object]:
    return {"kind": kind, "trial": "t1", "step": "export", "attempts": 1, "at": at, "seconds": seconds}


def export_through_its_points() -> None:
    with observe("t1", "export") as report:
        report.reached("copied")
        report.reached("committed")


@pytest.mark.parametrize("at", ["started", "copied", "committed"])
def test_a_fault_is_stamped_and_happens_at_its_point(events: Events, at: str) -> None:
    set_faults(at_point("exit", at))
    process = multiprocessing.get_context("spawn").Process(target=export_through_its_points)
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -signal.SIGKILL
    assert [(event["event"], event.get("fault"), event.get("at")) for event in events()] == [
        ("started", None, None),
        ("fault", "exit", at),
    ]
    export_through_its_points()
    assert [event["event"] for event in events()][2:] == ["started", "ended"], "the next attempt is spared"


@pytest.mark.parametrize("kind", ["hold", "compute"])
def test_a_step_is_held_at_a_point(events: Events, kind: str) -> None:
    set_faults(at_point(kind, "copied", seconds=0.3))
    export_through_its_points()
    started, fault, ended = events()
    assert fault["fault"] == kind
    assert 0.3 <= (ended["monotonic_ns"] - fault["monotonic_ns"]) / 1e9 < 5
    assert started["attempt"] == fault["attempt"] == ended["attempt"] == 1


def test_a_noop_step_reports_the_imported_modules_of_the_etl() -> None:
    run = "import sys; from reference import noop; noop.load('t1'); import polars; noop.load('t1')"
    subprocess.run([sys.executable, "-c", run], env={**os.environ, "PYTHONPATH": str(PIPELINES)}, check=True)

    ended = [event for event in read_events(Path(os.environ["ORCHBENCH_EVENTS"]), "t1") if event.event == "ended"]
    assert [event.imported for event in ended] == [[], ["polars"]]


def test_an_unfinished_line_of_another_process_is_not_read() -> None:
    log = Path(os.environ["ORCHBENCH_EVENTS"])
    noop.load("t1")
    with log.open("a") as another:
        another.write('{"event": "started", "tri')

    noop.load("t1")

    assert json.loads(log.read_text().splitlines()[-1])["attempt"] == 2


def observe_many(trial: str) -> None:
    for _ in range(50):
        with observe(trial, "load"):
            pass


def test_lines_of_concurrent_processes_never_mix(events: Events) -> None:
    trials = [f"{number}-{'x' * 2_000}" for number in range(4)]
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=observe_many, args=(trial,)) for trial in trials]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)

    assert [process.exitcode for process in processes] == [0] * 4
    for trial in trials:
        attempts = [event["attempt"] for event in events() if event["trial"] == trial]
        assert attempts == [number for number in range(1, 51) for _ in ("started", "ended")]
