"""Records and environments for tests: one baseline and one orchestrator, made of whole cloth.

`write_benchmark` makes a whole folder that keeps every law of the audit, as if each trial had been run.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from test_timeline import CLEAN, MS

from harness.chain import chained, split
from harness.environment import ENVIRONMENT, Engine, Environment, Machine, System, genesis, write_environment
from harness.judgement import Outcome
from harness.orchestrator import METADATA
from harness.pinning import Pinning
from harness.plan import PlannedRound, PlannedTrial, plan_json, write_plan
from harness.records import (
    RECORDS,
    AttemptRecord,
    CodeRecord,
    Record,
    RoundRecord,
    SetupRecord,
    Store,
    TrialRecord,
    read_lines,
)
from harness.scenario import SCENARIOS, Scenario
from harness.timeline import Event, phases
from harness.warehouse import GOLDEN, Golden

BASE = {"at_s": 1.0, "profile": "defaults", "cpus": 2.0, "memory_bytes": 4 * 2**30}


GOLDEN_CONTENT = Golden.model_validate_json(GOLDEN.read_text())
_HASH = hashlib.sha256(b"").hexdigest()
_PROFILE = {"poll_period_s": 0, "trial_s": 3}
_WITH_DATABASE = {
    "poll_period_s": 5,
    "trial_s": 3,
    "metadata_database": True,
    "settings": {"DB": {"value": f"postgresql://{METADATA}", "reason": "it says so", "docs": "https://example.org"}},
}


def environment(*names: str, ended: bool = True, laps: int = 1, plan: Sequence[PlannedRound] = ()) -> Environment:
    return Environment(
        machine=Machine(host="host", cpu_model="CPU", cpus=2, memory_bytes=2**34, kernel="6.1", os="Debian"),
        engine=Engine(version="20.10", storage_driver="overlay2", cgroup_version="2"),
        systems=[
            System(
                name=name,
                title=name.title(),
                homepage=f"https://example.org/{name}",
                version="1.0",
                baseline=name == "floor",
                lock_sha256=_HASH,
                image_id=f"sha256:{_HASH}",
                profiles={"defaults": _PROFILE if name == "floor" else _WITH_DATABASE},
            )
            for name in names
        ],
        warehouse_image_id=f"sha256:{_HASH}",
        cpus=2,
        memory_bytes=4 * 2**30,
        pinning=Pinning(pinned=False, harness=[0, 1], stacks=[0, 1]),
        preset="quick",
        laps=laps,
        seed=7,
        plan_sha256=hashlib.sha256(plan_json(plan)).hexdigest(),
        commit="abcdef0123456789abcdef0123456789abcdef01",
        dirty=False,
        started_s=1_750_000_000,
        ended_s=1_750_003_600 if ended else None,
    )


def trial(
    orchestrator: str,
    scenario: str = "etl",
    *,
    total_ms: float = 2400,
    cold: bool = False,
    outcome: str = "valid",
    reason: str = "",
    events: list[Event] = CLEAN,
    told: list[AttemptRecord] | None = None,
) -> TrialRecord:
    sent, accepted, finished = 1000 * MS, 1020 * MS, int((1000 + total_ms) * MS)
    return TrialRecord(
        orchestrator=orchestrator,
        lap=1,
        round=f"lap1-{orchestrator}",
        trial=f"lap1-{orchestrator}-{scenario}",
        scenario=scenario,
        cold=cold,
        outcome=outcome,
        reason=reason,
        state="success",
        refusals=0,
        phase_offset_s=0,
        poll_resolution_s=0.02,
        sent_ns=sent,
        accepted_ns=accepted,
        finished_ns=finished,
        phases=phases(events, sent, accepted, finished),
        events=events,
        attempts_told=told,
        output={},
        peak_rss_bytes=500_000_000,
        cpu_s=3.0,
        foreign_cpu_s=0.1,
        steal_s=0.0,
        pressure_s=0.2,
        **BASE,
    )


def round_(orchestrator: str, *, failure: str = "", lap: int = 1) -> RoundRecord:
    return RoundRecord(
        orchestrator=orchestrator,
        lap=lap,
        round=f"lap{lap}-{orchestrator}",
        ready_s=None if failure else 9.5,
        first_success_s=None if failure else 12.0,
        idle_rss_bytes=None if failure else 300_000_000,
        idle_cpu_cores=None if failure else 0.05,
        rest_s=30,
        duration_s=60,
        failure=failure,
        **BASE,
    )


def once(orchestrator: str) -> list[Record]:
    files = {"pipeline": {"a.py": 20, "b.py": 3}, "config": {}, "deployment": {"serve": 5}}
    setup = {"download_bytes": 154_000_000, "packages": 105, "install_s": 12.34, "image_bytes": 700_000_000}
    return [
        CodeRecord(orchestrator=orchestrator, sloc=files, **BASE),
        SetupRecord(orchestrator=orchestrator, **setup, **BASE),
    ]


def write_benchmark(folder: Path, *names: str, laps: int = 1, ended: bool = True, odd: "Odd | None" = None) -> None:
    """Write a benchmark that passes the audit; `odd` says what went wrong in it, honestly recorded."""
    names = names or ("floor", "tool")
    odd = odd or Odd()
    plan = [_planned(lap, name) for lap in range(1, laps + 1) for name in names]
    described = environment(*names, laps=laps, plan=plan)
    folder.mkdir(parents=True, exist_ok=True)
    write_plan(folder, plan)
    host = _Host(folder, described)
    for name in names:
        for record in once(name):
            host.append(record)
    for planned in plan if ended else plan[:-1]:
        _run_round(host, planned, odd)
    write_environment(folder, described.model_copy(update={"ended_s": host.wall_s + 1 if ended else None}))


@dataclass(frozen=True)
class Odd:
    """Trials by id that hang or leave a wrong output, rounds by id that are interrupted or fail after two trials."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    interrupted: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def edit_records(folder: Path, edit: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change records as one who then chains them anew."""
    records = [json.loads(split(line)[0]) for line in read_lines(folder)]
    edit(records)
    previous, lines = genesis(folder), []
    for record in records:
        lines.append(chained(previous, json.dumps(record).encode()))
        previous = split(lines[-1])[1]
    (folder / RECORDS).write_bytes(b"".join(line + b"\n" for line in lines))


def edit_environment(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the environment as one who then chains the records to it."""
    path = folder / ENVIRONMENT
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))
    edit_records(folder, lambda _: None)


def _planned(lap: int, name: str) -> PlannedRound:
    scenarios = ("etl", "noop", "etl", "retry", "etl", "exhaustion")
    offset_s = 0.0 if name == "floor" else 1.25
    trials = tuple(PlannedTrial(scenario, n == 0, n * offset_s / 2) for n, scenario in enumerate(scenarios))
    return PlannedRound(lap, name, "defaults", trials, rest_s=10)


@dataclass
class _Host:
    """A machine whose clocks go on as trials are told."""

    folder: Path
    environment: Environment
    now_ns: int = 1_000_000 * MS

    def __post_init__(self) -> None:
        write_environment(self.folder, self.environment)
        self._store = Store(self.folder, genesis(self.folder))

    @property
    def wall_s(self) -> float:
        return self.environment.started_s + self.now_ns / 1e9

    def go(self, seconds: float) -> int:
        """Let time pass, and return the monotonic stamp of its end."""
        self.now_ns += int(seconds * 1e9)
        return self.now_ns

    def append(self, record: Record) -> None:
        self.go(0.25)
        self._store.append(record.model_copy(update={"at_s": self.wall_s}))


def _run_round(host: _Host, planned: PlannedRound, odd: Odd) -> None:
    round_id = planned.id
    if round_id in odd.interrupted:
        host.go(9.5)
        for n, each in enumerate(planned.trials[:2], start=1):
            host.append(_run_trial(host, planned, f"{round_id}-{n:02d}-{each.scenario}", round_id, each, "valid"))
        round_id += "-try2"
    began_ns = host.now_ns
    host.go(9.5)
    spent_s, first_success_s, last = 0.0, None, None
    for n, each in enumerate(planned.trials[:2] if round_id in odd.failed else planned.trials, start=1):
        name = f"{round_id}-{n:02d}-{each.scenario}"
        last = _run_trial(host, planned, name, round_id, each, odd.outcomes.get(name, "valid"))
        host.append(last)
        spent_s += (last.finished_ns - last.sent_ns) / 1e9
        if last.outcome == "valid" and first_success_s is None:
            first_success_s = 9.5 + spent_s
    rested = round_id not in odd.failed and last is not None and last.outcome != "hung"
    host.go(planned.rest_s if rested else 0)
    end = round_(planned.orchestrator, lap=planned.lap).model_copy(
        update={
            "round": round_id,
            "first_success_s": first_success_s,
            "idle_rss_bytes": 300_000_000 if rested else None,
            "idle_cpu_cores": 0.05 if rested else None,
            "rest_s": planned.rest_s,
            "duration_s": (host.now_ns - began_ns) / 1e9,
            "failure": "its container ended during a trial" if round_id in odd.failed else "",
        }
    )
    host.append(end)


def _run_trial(
    host: _Host, planned: PlannedRound, name: str, round_id: str, each: PlannedTrial, outcome: Outcome
) -> TrialRecord:
    scenario = SCENARIOS[each.scenario]
    sent_ns = host.go(each.phase_offset_s)
    accepted_ns = host.go(0.02)
    host.go(0.5 + len(name) / 100)
    events = _events(host, name, scenario)
    hung, wrong = outcome == "hung", outcome == "invalid"
    finished_ns = host.go(60 if hung else 0.1)
    output = _output(scenario)
    if wrong:
        output |= {"valid": False, "difference": "flight: 1 row, expected more", "flight_rows": 1}
    record = trial(planned.orchestrator, each.scenario, cold=each.cold, outcome=outcome, events=events)
    return record.model_copy(
        update={
            "lap": planned.lap,
            "round": round_id,
            "trial": name,
            "reason": {"hung": "no final state", "invalid": str(output["difference"])}.get(outcome, ""),
            "state": "none" if hung else "success" if scenario.succeeds else "failed",
            "phase_offset_s": each.phase_offset_s,
            "sent_ns": sent_ns,
            "accepted_ns": accepted_ns,
            "finished_ns": finished_ns,
            "phases": None if hung else phases(events, sent_ns, accepted_ns, finished_ns),
            "attempts_told": [
                AttemptRecord(step=e.step, number=e.attempt, succeeded=e.outcome == "success", started_s=1, ended_s=2)
                for e in events
                if e.event == "ended"
            ],
            "output": output,
            "cpu_s": 0.5,
        }
    )


def _events(host: _Host, name: str, scenario: Scenario) -> list[Event]:
    rows = GOLDEN_CONTENT.partitions[scenario.month]["flight"].rows if scenario.workload == "etl" else None
    events = []

    def stamp(kind: str, step: str, attempt: int, **more: object) -> None:
        stamps = {"monotonic_ns": host.now_ns, "time_ns": int(host.environment.started_s * 1e9) + host.now_ns}
        event = {"event": kind, "trial": name, "step": step, "attempt": attempt, "pid": 7, "host": "h"}
        events.append(Event(**event, **stamps, **more))

    for step, count in scenario.attempts.items():
        for attempt in range(1, count + 1):
            fails = attempt <= scenario.failures.get(step, 0)
            stamp("started", step, attempt)
            host.go(0.3)
            taken = {"rows_in": None if step == "load" else rows, "rows_out": rows}
            ended = {"outcome": "failure", "error": "asked to"} if fails else {"outcome": "success", **taken}
            stamp("ended", step, attempt, **ended)
            host.go(1.01 if fails else 0.05)
    return events


def _output(scenario: Scenario) -> dict[str, str | int]:
    found: dict[str, str | int] = {"valid": True, "difference": ""}
    partition = GOLDEN_CONTENT.partitions[scenario.month]
    for name, table in (("flight", "flight"), ("route_month", "route_month"), ("parquet", "flight")):
        found[f"{name}_rows"] = partition[table].rows if scenario.exports else 0
        found[f"{name}_sha256"] = partition[table].sha256 if scenario.exports else ""
    return found
