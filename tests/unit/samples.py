"""Single records and environments for tests: one baseline and one orchestrator, with made-up figures."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from stamps import CLEAN, MS

from harness.experiment.envelope import Pinning
from harness.experiment.golden import Output
from harness.experiment.plan import Plan, PlannedRound, plan_json
from harness.experiment.scenario import scenarios
from harness.experiment.timeline import Event, phases
from harness.experiment.versions import FORMAT, METHOD
from harness.orchestrators.driver import Attempt
from harness.results.environment import Environment, Image, Isolation, Machine, System
from harness.results.records import BuiltRecord, CodeRecord, Record, RoundRecord, SetupRecord, TrialRecord
from harness.results.result import Line, Result

BASE = {"at_s": 1.0, "profile": "defaults"}
_HASH = hashlib.sha256(b"").hexdigest()
_PROFILE = {"poll_period_s": 0, "trial_limit_s": 60, "metadata_database": False, "settings": {}}
_WITH_DATABASE = {
    "poll_period_s": 5,
    "trial_limit_s": 60,
    "metadata_database": True,
    "settings": {"DB": {"value": "postgresql://there", "reason": "it says so", "docs": "https://example.org/"}},
}


def environment(*names: str, ended: bool = True, laps: int = 1, plan: Plan | None = None) -> Environment:
    return Environment(
        format=FORMAT,
        method=METHOD,
        machine=Machine(host="host", cpu_model="CPU", cpus=2, memory_bytes=2**34, kernel="6.1", os="Debian"),
        isolation=Isolation(
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
                lock_sha256=_HASH,
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
        started_s=1_750_000_000,
        ended_s=1_750_003_600 if ended else None,
    )


def plan_of(*rounds: PlannedRound) -> Plan:
    return Plan(scenarios(), rounds)


def result(*names: str, records: Sequence[Record] = (), ended: bool = True) -> Result:
    """Return a result in memory; it stands in no file and has no chain."""
    described = environment(*names, ended=ended)
    lines = tuple(Line(number, b"", record) for number, record in enumerate(records, start=1))
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
        output=Output(),
        peak_rss_bytes=500_000_000,
        rss_period_s=0.25,
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
    setup = {"download_bytes": 154_000_000, "packages": 105, "install_s": 12.34}
    built = {"id": f"sha256:{_HASH}", "inputs_sha256": _HASH, "size_bytes": 700_000_000}
    return [
        BuiltRecord(orchestrator=orchestrator, **built, **BASE),
        CodeRecord(orchestrator=orchestrator, sloc=files, **BASE),
        SetupRecord(orchestrator=orchestrator, **setup, **BASE),
    ]
