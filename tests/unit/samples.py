"""Records and environments for tests: one baseline and one orchestrator, made of whole cloth."""

from test_timeline import CLEAN, MS

from harness.environment import Engine, Environment, Machine, System
from harness.records import AttemptRecord, CodeRecord, Record, RoundRecord, SetupRecord, TrialRecord
from harness.timeline import Event, phases

BASE = {"at_s": 1.0, "profile": "defaults", "cpus": 2.0, "memory_bytes": 4 * 2**30}


def environment(*names: str, ended: bool = True) -> Environment:
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
                poll_period_s=0,
                lock_sha256="0",
                image_id="sha256:0",
                profiles={"defaults": {}},
            )
            for name in names
        ],
        warehouse_image_id="sha256:0",
        cpus=2,
        memory_bytes=4 * 2**30,
        preset="quick",
        laps=1,
        seed=7,
        commit="abcdef0123456789",
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
        attempts_told=told or [],
        output={},
        peak_rss_bytes=500_000_000,
        cpu_s=3.0,
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
