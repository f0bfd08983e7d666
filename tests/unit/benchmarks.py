"""Whole benchmarks for tests: folders that pass every rule of the audit, as if each trial had been run."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from samples import CRASHED, crash, environment, once, plan_of, round_, trial
from stamps import MS

from harness.experiment.golden import Content, Output
from harness.experiment.judgement import TRIES, Outcome, absent
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial, plan_json, trial_id, try_id
from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Event, phases
from harness.experiment.versions import FORMAT
from harness.labs.crash.scenarios import crashes
from harness.measure.golden_file import scenarios
from harness.orchestrators.driver import Attempt
from harness.results.chain import chained, split
from harness.results.environment import ENVIRONMENT, Environment
from harness.results.records import RECORDS, Record, TrialRecord
from harness.results.result import genesis, read_result, write_beginning, write_end
from harness.results.store import Store


def write_benchmark(
    folder: Path,
    *names: str,
    laps: int = 1,
    ended: bool = True,
    odd: "Odd | None" = None,
    unit_tests: bool = True,
) -> None:
    """Write a benchmark that passes the audit. `odd` has the mishaps in it, which are honestly recorded."""
    names = names or ("floor", "tool")
    odd = odd or Odd()
    plan = plan_of(*(_planned(lap, name) for lap in range(1, laps + 1) for name in names))
    plan = replace(plan, unit_tests=unit_tests)
    described = environment(*names, ended=False, laps=laps, plan=plan)
    folder.mkdir(parents=True, exist_ok=True)
    host = _Host(folder, described, plan)
    for name in names:
        for record in once(name):
            if unit_tests or record.kind != "unit_test":
                host.append(record)
    for planned in plan.rounds if ended else plan.rounds[:-1]:
        _run_round(host, planned, odd)
    if ended:
        write_end(folder, host.wall_s + 1)


def write_part(folder: Path, number: int, *, laps: int = 1, host: str = "host", late_s: float = 0.0) -> None:
    """Write one of several benchmarks to join. Each `number` starts at another time."""
    write_benchmark(folder, laps=laps, odd=Odd(late_s=late_s))

    def begin(content: dict[str, Any]) -> None:
        content["started_s"] -= number
        content["machine"]["host"] = host

    edit_environment(folder, begin)


def split_by_lap(whole: Path, into: Path) -> list[Path]:
    """Write each lap of a benchmark as a benchmark of one lap. Return their folders."""
    result = read_result(whole)
    folders = []
    for lap in range(1, result.environment.laps + 1):
        folder = into / f"part{lap}"
        own = [planned for planned in result.plan.rounds if planned.lap == lap]
        rounds = tuple(replace(planned, lap=1, number=number) for number, planned in enumerate(own, start=1))
        plan = replace(result.plan, rounds=rounds, format=FORMAT)
        update = {
            "laps": 1,
            "started_s": result.environment.started_s + lap / 1000,
            "ended_s": None,
            "format": FORMAT,
            "plan_sha256": hashlib.sha256(plan_json(plan)).hexdigest(),
        }
        environment = result.environment.model_copy(update=update)
        folder.mkdir(parents=True)
        store = Store(folder, write_beginning(folder, environment, plan))
        for record in result.records:
            if getattr(record, "lap", lap) == lap:
                content = json.loads(record.model_dump_json().replace(f'"lap{lap}-', '"lap1-'))
                if "lap" in content:
                    content |= {"lap": 1, "round_number": content["round_number"] - own[0].number + 1}
                store.append(type(record).model_validate(content))
        write_end(folder, result.environment.ended_s or 0)
        folders.append(folder)
    return folders


def write_crash_lap(folder: Path, *names: str) -> None:
    """Write a lap of the crash lab that passes the audit. Every system recovers from two scenarios."""
    trials = tuple(PlannedTrial(scenario, cold=False, phase_offset_s=0) for scenario in CRASHED[:2])
    rounds = tuple(PlannedRound(1, name, "defaults", trials, 0, number=n) for n, name in enumerate(names, start=1))
    own = {scenario: crashes()[scenario] for scenario in CRASHED[:2]}
    plan = Plan(scenarios(), rounds, crashes=own, patience_s=120.0)
    folder.mkdir(parents=True, exist_ok=True)
    host = _Host(folder, environment(*names, ended=False, plan=plan), plan)
    for name in names:
        for record in once(name):
            if record.kind in ("built", "code"):
                host.append(record)
    for planned in rounds:
        began_ns = host.now_ns
        host.go(9.5)
        for number, each in enumerate(trials, start=1):
            host.go(10)
            host.append(crash(planned.orchestrator, each.scenario).model_copy(update=_place(planned, 1, number)))
        nothing = {"first_success_s": None, "idle_rss_bytes": None, "idle_cpu_cores": None, "rest_s": 0.0}
        update = {
            **nothing,
            "round": planned.id,
            "round_number": planned.number,
            "duration_s": (host.now_ns - began_ns) / 1e9,
        }
        host.append(round_(planned.orchestrator).model_copy(update=update))
    write_end(folder, host.wall_s + 1)


@dataclass(frozen=True)
class Odd:
    """The mishaps of a benchmark.

    Trials by id that hang or leave a wrong output, and rounds by id that are interrupted or fail after two trials.
    `absences` are trials with the number of first tries in which the harness did not run. `late_s` is how much longer
    every run waits for its start.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    absences: dict[str, int] = field(default_factory=dict)
    interrupted: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    late_s: float = 0.0


def edit_records(folder: Path, edit: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change records, and chain them again."""
    records = [json.loads(split(line)[0]) for line in (folder / RECORDS).read_bytes().splitlines()]
    edit(records)
    previous, lines = genesis((folder / ENVIRONMENT).read_bytes()), []
    for record in records:
        lines.append(chained(previous, json.dumps(record).encode()))
        previous = split(lines[-1])[1]
    (folder / RECORDS).write_bytes(b"".join(line + b"\n" for line in lines))


def edit_environment(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the environment, and chain the records to it again."""
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
    """A machine whose clocks advance with the trials."""

    folder: Path
    environment: Environment
    plan: Plan
    now_ns: int = 1_000_000 * MS

    def __post_init__(self) -> None:
        self._store = Store(self.folder, write_beginning(self.folder, self.environment, self.plan))

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
    round_try = 1
    if planned.id in odd.interrupted:
        host.go(9.5)
        for n, each in enumerate(planned.trials[:2], start=1):
            host.append(_run_trial(host, planned, _place(planned, 1, n), each, "valid", odd.late_s))
        round_try = 2
    round_id = try_id(planned.id, round_try)
    began_ns = host.now_ns
    host.go(9.5)
    spent_s, first_success_s, last = 0.0, None, None
    for n, each in enumerate(planned.trials[:2] if round_id in odd.failed else planned.trials, start=1):
        name = trial_id(round_id, n, each.scenario)
        absences = odd.absences.get(name, 0)
        outcomes: list[Outcome] = ["error"] * absences
        if absences < TRIES:
            outcomes.append(odd.outcomes.get(name, "valid"))
        for number, outcome in enumerate(outcomes, start=1):
            last = _run_trial(host, planned, _place(planned, round_try, n, number), each, outcome, odd.late_s)
            host.append(last)
            if not last.stack_replaced:
                spent_s += (last.finished_ns - last.sent_ns) / 1e9
            if last.outcome == "valid" and first_success_s is None:
                first_success_s = 9.5 + spent_s
    rested = round_id not in odd.failed and last is not None and not last.ends_a_life
    host.go(planned.rest_s if rested else 0)
    end = round_(planned.orchestrator, lap=planned.lap).model_copy(
        update={
            "round": round_id,
            "round_number": planned.number,
            "round_try": round_try,
            "first_success_s": first_success_s,
            "idle_rss_bytes": 300_000_000 if rested else None,
            "idle_cpu_cores": 0.05 if rested else None,
            "rest_s": planned.rest_s,
            "duration_s": (host.now_ns - began_ns) / 1e9,
            "failure": "its container ended during a trial" if round_id in odd.failed else "",
        }
    )
    host.append(end)


def _place(planned: PlannedRound, round_try: int, number: int, trial_try: int = 1) -> dict[str, Any]:
    """Return the fields that say where a trial belongs."""
    round_id = try_id(planned.id, round_try)
    name = try_id(trial_id(round_id, number, planned.trials[number - 1].scenario), trial_try)
    numbers = {"round_number": planned.number, "round_try": round_try, "trial_number": number, "trial_try": trial_try}
    return {"lap": planned.lap, "round": round_id, "trial": name, **numbers}


def _run_trial(
    host: _Host, planned: PlannedRound, place: dict[str, Any], each: PlannedTrial, outcome: Outcome, late_s: float
) -> TrialRecord:
    scenario, name = scenarios()[each.scenario], place["trial"]
    sent_ns = host.go(each.phase_offset_s)
    accepted_ns = host.go(0.02)
    host.go(0.5 + len(name) / 100 + late_s)
    events = _events(host, name, scenario)
    hung, wrong = outcome == "hung", outcome == "invalid"
    finished_ns = host.go(60 if hung else 0.1)
    output = Output(**dict(scenario.expected.output))
    if wrong:
        tables = {**output.tables, "flight": Content(rows=1, sha256="0" * 64)}
        output = output.model_copy(update={"tables": tables, "difference": "flight: 1 row, expected more"})
    record = trial(planned.orchestrator, each.scenario, cold=each.cold, outcome=outcome, events=events)
    return record.model_copy(
        update={
            **place,
            "reason": {"hung": "no final state", "invalid": output.difference, "error": absent(17.2)}.get(outcome, ""),
            "absent_s": 17.2 if outcome == "error" else 0.0,
            "stack_replaced": outcome == "error" and each.cold,
            "state": None if hung else scenario.expected.state,
            "phase_offset_s": each.phase_offset_s,
            "sent_ns": sent_ns,
            "accepted_ns": accepted_ns,
            "finished_ns": finished_ns,
            "phases": None if hung else phases(events, sent_ns, accepted_ns, finished_ns),
            "attempts_told": [
                Attempt(step=e.step, number=e.attempt, succeeded=e.outcome == "success", started_s=1, ended_s=2)
                for e in events
                if e.event == "ended"
            ],
            "output": output,
            "cpu_s": 0.5,
        }
    )


def _events(host: _Host, name: str, scenario: Scenario) -> list[Event]:
    rows = scenario.expected.rows
    events = []

    def stamp(kind: str, step: str, attempt: int, **more: object) -> None:
        stamps = {"monotonic_ns": host.now_ns, "time_ns": int(host.environment.started_s * 1e9) + host.now_ns}
        event = {"event": kind, "trial": name, "step": step, "attempt": attempt, "pid": 7, "host": "h"}
        events.append(Event(**event, **stamps, **more))

    for step, count in scenario.expected.attempts.items():
        for attempt in range(1, count + 1):
            fails = attempt <= scenario.failures.get(step, 0)
            stamp("started", step, attempt)
            host.go(0.3)
            taken = {"rows_in": None if step == "load" else rows, "rows_out": rows}
            ended = {"outcome": "failure", "error": "asked to"} if fails else {"outcome": "success", **taken}
            stamp("ended", step, attempt, **ended)
            host.go(1.01 if fails else 0.05)
    return events
