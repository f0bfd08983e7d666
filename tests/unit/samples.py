"""Single records and environments for tests: one baseline and some orchestrators, with invented values."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stamps import CLEAN, MS, event

from harness.experiment.crash import NotTried
from harness.experiment.crash_verdict import Snapshot
from harness.experiment.envelope import Pinning
from harness.experiment.golden import Output
from harness.experiment.plan import Plan, PlannedRound, plan_json
from harness.experiment.scenario import A_MONTH
from harness.experiment.timeline import Event, phases
from harness.experiment.versions import FORMAT, METHOD
from harness.labs.crash.scenarios import crashes
from harness.measure.golden_file import golden, scenarios
from harness.orchestrators.driver import Attempt, RunState
from harness.orchestrators.manifest import Mode
from harness.results.environment import Environment, Image, IsolationFacts, Machine, System
from harness.results.records import (
    BuiltRecord,
    CodeRecord,
    CrashRecord,
    Record,
    RoundRecord,
    SetupRecord,
    TrialRecord,
    UnitTestRecord,
)
from harness.results.result import RecordLine, Result

BASE = {"at_s": 1.0, "profile": "defaults"}
CRASHED = ("task-killed", "after-commit", "cut-off")
"""The scenarios of a crash lap."""
_HASH = hashlib.sha256(b"").hexdigest()
_MODES: dict[str, Mode] = {"script": "command", "shelf": "library", "double": "emulator"}
"""Systems that are not servers."""
_PROFILE = {
    "poll_period_s": 0,
    "retry_period_s": 0,
    "trial_limit_s": 60,
    "metadata_database": False,
    "settings": {},
    "not_tried": {},
}
_WITH_DATABASE = {
    "poll_period_s": 5,
    "retry_period_s": 0,
    "trial_limit_s": 60,
    "metadata_database": True,
    "settings": {"DB": {"value": "postgresql://there", "reason": "it says so", "docs": "https://example.org/"}},
    "not_tried": {},
}


def environment(*names: str, ended: bool = True, laps: int = 1, plan: Plan | None = None) -> Environment:
    return Environment(
        format=FORMAT,
        method=METHOD,
        machine=Machine(host="host", cpu_model="CPU", cpus=2, memory_bytes=2**34, kernel="6.1", os="Debian"),
        isolation=IsolationFacts(
            kind="container",
            summary="Docker 20.10 on overlay2, cgroup v2",
            facts={"engine": "Docker 20.10", "storage driver": "overlay2", "cgroup": "v2"},
        ),
        systems=[
            System(
                name=name,
                title=name.title(),
                homepage=f"https://example.org/{name}",
                version="1.0",
                baseline=name == "floor",
                mode=_MODES.get(name, "server"),
                shared_profile="defaults",
                unit_test="https://example.org/testing",
                unsupported={},
                lock_sha256=_HASH,
                manifest_sha256=_HASH,
                driver_sha256=_HASH,
                code_sha256=_HASH,
                profiles={"defaults": _PROFILE if name == "floor" else _WITH_DATABASE},
            )
            for name in names
        ],
        warehouse=Image(id=f"sha256:{_HASH}", inputs_sha256=_HASH),
        cpus=2,
        memory_bytes=4 * 2**30,
        pinning=Pinning(pinned=False, harness=[0, 1], stacks=[0, 1]),
        preset="quick",
        laps=laps,
        seed=7,
        plan_sha256=hashlib.sha256(plan_json(plan or plan_of())).hexdigest(),
        commit="abcdef0123456789abcdef0123456789abcdef01",
        dirty=False,
        harness_sha256=_HASH,
        choice=None,
        started_s=1_750_000_000,
        ended_s=1_750_003_600 if ended else None,
    )


def plan_of(*rounds: PlannedRound) -> Plan:
    return Plan(scenarios(), tuple(replace(each, number=number) for number, each in enumerate(rounds, start=1)))


def result(*names: str, records: Sequence[Record] = (), ended: bool = True) -> Result:
    """Return a result in memory, without a file or a chain."""
    described = environment(*names, ended=ended)
    lines = tuple(RecordLine(number, b"", record) for number, record in enumerate(records, start=1))
    return Result(Path("nowhere"), described, plan_of(), described.plan_sha256, "", lines)


def trial(
    orchestrator: str,
    scenario: str = "etl",
    *,
    total_ms: float = 2400,
    cold: bool = False,
    outcome: str = "valid",
    reason: str = "",
    events: list[Event] = CLEAN,
    told: list[Attempt] | None = None,
) -> TrialRecord:
    sent, accepted, finished = 1000 * MS, 1020 * MS, int((1000 + total_ms) * MS)
    return TrialRecord(
        orchestrator=orchestrator,
        lap=1,
        round=f"lap1-{orchestrator}",
        round_number=1,
        round_try=1,
        trial=f"lap1-{orchestrator}-{scenario}",
        trial_number=1,
        trial_try=1,
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
        output=Output(),
        peak_rss_bytes=500_000_000,
        rss_period_s=0.25,
        cpu_s=3.0,
        foreign_cpu_s=0.1,
        steal_s=0.0,
        pressure_s=0.2,
        **BASE,
    )


def crash(orchestrator: str, scenario: str = "task-killed", *, lap: int = 1, **told: Any) -> CrashRecord:
    """Return a run that died in its transform, recovered and delivered once, with these changes."""
    killed = [event("started", "transform", 1700, pid=7), event("fault", "transform", 1750, pid=7)]
    events = [*CLEAN[:2], *killed, *(replace(each, attempt=2, pid=8) for each in later_by(1000, CLEAN[2:4]))]
    events += later_by(1000, CLEAN[4:])
    look = Snapshot(state=RunState.SUCCESS, output=Output(**dict(golden().exported(A_MONTH))))
    known = {
        "outcome": "valid",
        "finding": "recovered",
        "did": ["SIGKILL by itself: pid 7 is gone"],
        "sent_ns": 1000 * MS,
        "struck_ns": 1750 * MS,
        "noticed_s": 0.95,
        "told_s": 2.6,
        "delivered_s": 2.5,
        "told": look,
        "later": look,
        "runs_told": ["1"],
        "events": events,
        "next_run": "success",
        "next_run_s": 1.0,
    }
    place = {"round": f"lap{lap}-{orchestrator}-defaults", "trial": f"lap{lap}-{orchestrator}-defaults-01-{scenario}"}
    place |= dict.fromkeys(("round_number", "round_try", "trial_number", "trial_try"), 1)
    about = {"orchestrator": orchestrator, "scenario": scenario, "lap": lap, "ran_as": "t", "patience_s": 120}
    return CrashRecord(**{**place, **about, **known, **told}, **BASE)


def later_by(ms: float, events: Sequence[Event]) -> list[Event]:
    """Return events that come so much later."""
    return [replace(e, monotonic_ns=e.monotonic_ns + int(ms * MS), time_ns=e.time_ns + int(ms * MS)) for e in events]


def crashed(*names: str, records: Sequence[Record], not_tried: Mapping[str, NotTried] | None = None) -> Result:
    """Return the result of a crash lap in memory."""
    told = result(*names, records=records)
    systems = [
        system.model_copy(
            update={
                "profiles": {
                    name: profile.model_copy(update={"not_tried": dict(not_tried or {})})
                    for name, profile in system.profiles.items()
                }
            }
        )
        for system in told.environment.systems
    ]
    plan = replace(told.plan, crashes={name: crashes()[name] for name in CRASHED}, patience_s=120.0)
    return replace(told, plan=plan, environment=told.environment.model_copy(update={"systems": systems}))


def round_(orchestrator: str, *, failure: str = "", lap: int = 1) -> RoundRecord:
    return RoundRecord(
        orchestrator=orchestrator,
        lap=lap,
        round=f"lap{lap}-{orchestrator}",
        round_number=1,
        round_try=1,
        ready_s=None if failure else 9.5,
        first_success_s=None if failure else 12.0,
        idle_rss_bytes=None if failure else 300_000_000,
        idle_cpu_cores=None if failure else 0.05,
        rest_s=30,
        duration_s=60,
        failure=failure,
        **BASE,
    )


def laps(orchestrator: str, total_ms: float, profile: str = "defaults", **changed: object) -> list[Record]:
    """Return four laps of one warm run each, with slightly different totals, and changes of its trials."""
    turn = len(orchestrator) % 4
    records: list[Record] = []
    for lap, wobble in enumerate((0, 40, -30, 20, 0, 40, -30, 20)[turn : turn + 4], start=1):
        where = {"lap": lap, "round": f"lap{lap}-{orchestrator}-{profile}", "profile": profile}
        own = {**where, "trial": f"{where['round']}-etl", **changed}
        records.append(trial(orchestrator, total_ms=total_ms + wobble).model_copy(update=own))
        records.append(round_(orchestrator).model_copy(update=where))
    return records


def once(orchestrator: str) -> list[Record]:
    files = {"pipeline": {"a.py": 20, "b.py": 3}, "config": {}, "deployment": {"serve": 5}}
    setup = {"download_bytes": 154_000_000, "packages": 105, "install_s": 12.34}
    built = {"id": f"sha256:{_HASH}", "inputs_sha256": _HASH, "size_bytes": 700_000_000}
    return [
        BuiltRecord(orchestrator=orchestrator, **built, **BASE),
        CodeRecord(orchestrator=orchestrator, sloc=files, texts=dict.fromkeys(files["pipeline"], "x = 1\n"), **BASE),
        SetupRecord(orchestrator=orchestrator, **setup, **BASE),
        unit_test(orchestrator),
    ]


def unit_test(orchestrator: str, failure: str = "") -> UnitTestRecord:
    """Return the record of a unit test that passes, or fails with these words."""
    return UnitTestRecord(
        orchestrator=orchestrator,
        test_s=7.25,
        exit_status=1 if failure else 0,
        peak_rss_bytes=190_000_000,
        rss_period_s=0.25,
        output=Output.model_validate(golden().exported(A_MONTH).model_dump()),
        failure=failure,
        **BASE,
    )
