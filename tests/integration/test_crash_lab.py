"""The crash lab on orchestrators with known reactions to each crash: it must name each one.

Times are scaled down to seconds.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from orchestrators.assembled import BASELINE, ORCHESTRATORS, assemble
from orchestrators.benchmarking import QuickRound, run_rounds
from orchestrators.ruined import Ruining

from harness.experiment.crash import Crash, CrashVerdict, StepFault
from harness.experiment.envelope import Envelope
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial
from harness.isolation.protocol import Isolation
from harness.labs.crash.plan import applying
from harness.labs.crash.round import CrashRound
from harness.labs.crash.scenarios import crashes
from harness.measure.golden_file import scenarios
from harness.orchestrators.contender import Contender
from harness.orchestrators.driver import RunState
from harness.orchestrators.manifest import MANIFEST, Manifest, read_manifest
from harness.provision.docker.engine import client
from harness.results.records import CrashRecord, RoundRecord

pytestmark = pytest.mark.integration

AT_ONCE = 6
MORTAL = read_manifest(ORCHESTRATORS / "mortal" / MANIFEST)

TELLING: Sequence[tuple[str, str, CrashVerdict]] = [
    ("lost", "task-killed", "false success"),
    ("doubling", "after-commit", "false success"),
    ("doubling", "double-trigger", "twice"),
    ("orphan", "starved", "false alarm"),
    ("orphan", "paused", "false failure"),
    ("alarm", "starved", "false alarm"),
    ("slot", "task-killed", "failed"),
    ("slot", "slot-killed", "held"),
    ("deaf", "cancelled", "ran on"),
]
"""Profile, scenario, and the expected verdict."""
Found = Mapping[tuple[str, str], CrashRecord]
"""Records by the name of their round, and their scenario."""


def scaled(crash: Crash) -> Crash:
    """Return a scenario with its times scaled down."""
    # A program inside a container gets more than the 2 s that a fast machine needs.
    held = {20: 2.0, 90: 8.0, 8: 2.0, 2: 5.0}
    faults = tuple(
        fault.model_copy(update={"seconds": held.get(int(fault.seconds), fault.seconds)}) for fault in crash.faults
    )
    # Some values must outlast the step that is held meanwhile, so they stay as they are.
    lasts: dict[float | None, float] = {None: 4.0, 5: 0.5, 30: 9.0, 90: 5.0}
    return crash.model_copy(update={"faults": faults, "lasts_s": lasts.get(crash.lasts_s, crash.lasts_s or 0.0)})


@pytest.fixture(scope="module")
def mortal(build, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    manifest = assemble(MORTAL.name, tmp_path_factory.mktemp("mortal"))
    build(BASELINE)
    build(manifest)
    return manifest


def lab(isolation: Isolation, manifest: Manifest, profile: str, names: Sequence[str]) -> CrashRound:
    trials = tuple(PlannedTrial(name, cold=False, phase_offset_s=0) for name in names)
    planned, contender = PlannedRound(1, manifest.name, profile, trials, rest_s=0), Contender(manifest, profile)
    known = {name: scaled(crash) for name, crash in crashes().items()}
    plan = Plan(scenarios(), (planned,), crashes=known, patience_s=60)
    return QuickRound(isolation, contender, Envelope(cpus=1), plan, planned, 1, print, copy, print, beside=1)


def changed(each: CrashRound, **plan: Any) -> CrashRound:
    """Return a round with other parts of its plan."""
    return replace(each, plan=replace(each.plan, **plan))


@pytest.fixture(scope="module")
def found(isolation: Isolation, mortal: Manifest) -> Found:
    """The records of every round below, by round and scenario. Rounds run in parallel, because they mostly wait."""
    own = as_processes if isolation.kind == "process" else in_containers
    ruined = lab(Ruining(isolation), mortal, "ruined", ["metadata-down", "task-killed"])
    named = {**own(isolation, mortal), "ruined": ruined}
    names = [*named]
    rounds = [replace(each, planned=replace(each.planned, number=n)) for n, each in enumerate(named.values())]
    told = run_rounds(rounds, AT_ONCE)
    ends = [record for record in told if isinstance(record, RoundRecord)]
    assert [(record.round, record.failure, record.log) for record in ends if record.failure] == []
    records = [record for record in told if isinstance(record, CrashRecord)]
    assert len(records) + len(rounds) == len(told)
    return {(names[record.round_number], record.scenario): record for record in records}


def as_processes(isolation: Isolation, mortal: Manifest) -> dict[str, CrashRound]:
    names = applying(Contender(mortal, "defaults"), "process", crashes())
    assert len(names) > 12
    # The scenario that keeps every CPU busy comes last, in a separate round.
    parts = [names[:-1][first::3] for first in range(3)] + [names[-1:]]
    telling: dict[str, list[str]] = {}
    for profile, name, _ in TELLING:
        telling.setdefault(profile, []).append(name)
    known = {profile: lab(isolation, mortal, profile, own) for profile, own in telling.items()}
    # Nothing ends its run, so a short wait is enough.
    known["slot"] = changed(known["slot"], patience_s=20)
    late = Crash(name="late", faults=(StepFault(step="transform", kind="hold", at="nowhere", seconds=1),))
    hasty = mortal.model_copy(update={"trial_limit_s": 0.5})
    nobodys = mortal.model_copy(update={"scheduler": "nobody"})
    return {
        "slot": known.pop("slot"),
        **outliving(isolation, mortal, parts),
        **known,
        "stuck": changed(lab(isolation, BASELINE, "defaults", ["task-killed"]), patience_s=4),
        "late": changed(lab(isolation, BASELINE, "defaults", ["late"]), crashes={"late": late}),
        "overdue": changed(lab(isolation, hasty, "defaults", ["late"]), crashes={"late": late}, patience_s=0.5),
        "nobody": lab(isolation, nobodys, "defaults", ["scheduler-killed"]),
    }


def in_containers(isolation: Isolation, mortal: Manifest) -> dict[str, CrashRound]:
    parts = ["cut-off", "paused-both"], ["out-of-memory"], ["disk-full"]
    return outliving(isolation, mortal, parts)


def outliving(isolation: Isolation, mortal: Manifest, parts: Sequence[Sequence[str]]) -> dict[str, CrashRound]:
    return {f"perfect{number}": lab(isolation, mortal, "defaults", part) for number, part in enumerate(parts)}


def perfect(found: Found) -> dict[str, CrashRecord]:
    return {name: record for (round_, name), record in found.items() if round_.startswith("perfect")}


@pytest.mark.only_in("process")
def test_a_perfect_orchestrator_recovers_from_every_crash(found: Found) -> None:
    own = perfect(found)
    told = {name: (record.finding, record.reason) for name, record in own.items()}
    applicable = applying(Contender(MORTAL, "defaults"), "process", crashes())
    assert told == {name: (crashes()[name].wanted, "") for name in applicable}
    assert {record.next_run for record in own.values()} == {RunState.SUCCESS}
    copies = {name: (record.overlap_s, record.lived_on, record.events) for name, record in own.items()}
    assert [(name, *seen) for name, seen in copies.items() if seen[0] or seen[1]] == []
    assert own["task-killed"].did[0].startswith("the step killed itself (SIGKILL): pid ")
    assert own["task-killed"].told_s is not None
    assert own["paused"].did[0].endswith(" for 4 s")


@pytest.mark.only_in("process")
def test_each_known_failure_is_named(found: Found) -> None:
    told = {(own, name): (found[own, name].finding, found[own, name].reason) for own, name, _ in TELLING}
    assert told == {(own, name): (what, "") for own, name, what in TELLING}
    assert (found["stuck", "task-killed"].finding, found["stuck", "task-killed"].reason) == ("stuck", "")
    assert found["slot", "task-killed"].next_run is None, "its slot is never freed"
    assert found["lost", "task-killed"].next_run == RunState.SUCCESS
    orphan = found["orphan", "starved"]
    assert orphan.told is not None
    assert orphan.told.untouched, "nothing had gone out when it was told failed"
    assert orphan.later is not None
    assert orphan.later.right, "and yet it went out later"


@pytest.mark.only_in("process")
def test_a_fault_that_comes_too_late_is_missed_and_not_counted(found: Found) -> None:
    record = found["late", "late"]
    assert (record.outcome, record.finding, record.misses) == ("missed", None, 3)
    assert record.reason == "the run ended before its fault was due"


@pytest.mark.only_in("process")
def test_a_missed_run_that_continues_does_not_overlap_the_next_try(found: Found) -> None:
    record = found["overdue", "late"]
    assert (record.outcome, record.finding, record.misses) == ("hung", None, 1)
    too_late = "and the run had not ended 1 s after its trigger"
    assert record.reason == f"the moment of the fault did not come within 0.5 s, {too_late}"


@pytest.mark.only_in("process")
def test_a_missing_target_is_an_error_of_the_lab(found: Found) -> None:
    record = found["nobody", "scheduler-killed"]
    assert (record.outcome, record.finding) == ("error", None)
    assert "supervisord runs no program 'nobody'" in record.reason


def test_a_metadata_database_that_never_returns_is_an_error_of_the_lab(found: Found) -> None:
    lost, after = found["ruined", "metadata-down"], found["ruined", "task-killed"]
    assert (lost.outcome, lost.finding) == ("error", None)
    assert "PostgreSQL (metadata) did not start" in lost.reason
    assert any("nothing" in line for line in lost.log), "the log is that of the database"
    assert (after.finding, after.reason) == ("recovered", ""), "it has a stack of its own"


@pytest.mark.only_in("container")
def test_faults_that_only_containers_have_and_signals_inside_one(found: Found) -> None:
    told = {name: (record.finding, record.reason) for name, record in perfect(found).items()}
    assert told == dict.fromkeys(["cut-off", "paused-both", "out-of-memory", "disk-full"], ("recovered", ""))
    volumes = [str(volume.name) for volume in client().volumes.list()]
    assert [name for name in volumes if MORTAL.name in name] == [], "a small disk goes with its stack"


def test_every_scenario_has_an_expected_verdict() -> None:
    assert {crash.wanted for crash in crashes().values()} == {"recovered", "failed", "stopped", "once", "calm", "freed"}
    assert all(Path(name).name == name for name in crashes())
