"""Every orchestrator passes every check of `orchbench check` under each of its profiles.

The checks are in `harness.check.checklist`, and docs/contribute/contract.md explains each demand. Stacks are examined
in parallel, the slowest first. A check that fails there is repeated without any other stack.
"""

import os
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context

import pytest
from lacking import lacks

from harness.check.checklist import CHECKS, doubtful, look_again
from harness.check.examination import Examination
from harness.check.lifecycle import crash
from harness.check.subject import CRASH_PATIENCE, StackContext, Subject
from harness.check.verdict import Check, Outcome, Verdict
from harness.experiment.envelope import Envelope
from harness.isolation.protocol import Isolation
from harness.labs.crash.plan import CrashPreset
from harness.machine.host_lock import exclusive
from harness.measure.subprocesses import end_with_parent
from harness.orchestrators.discovery import discover
from harness.results.crash_laws import trial_faults
from harness.results.records import CrashRecord, TrialRecord

pytestmark = pytest.mark.conformance

AT_ONCE = 3
"""Four, with one stack of the other lane. With more stacks on two CPUs, servers answered too late."""
MOST_TOOLS = 1
"""How many tools may need a second look. Rare hangs are known, but more are a fault of the harness."""
System = tuple[str, str]
"""An orchestrator and a profile, by name."""
MANIFESTS = {manifest.name: manifest for manifest in discover()}


def expected_s(system: System) -> float:
    """Estimate how long a system takes from its manifest: eight runs, and starts within half of their limit."""
    manifest = MANIFESTS[system[0]]
    return 8 * manifest.profiles[system[1]].trial_s + manifest.ready_limit_s / 2


EVERY = [(manifest.name, profile) for manifest in MANIFESTS.values() for profile in manifest.profiles]
SYSTEMS = sorted(EVERY, key=expected_s, reverse=True)
"""The slowest systems come first, so that none runs on its own at the end."""
STOPPED = {MANIFESTS[name].mode: (name, profile) for name, profile in SYSTEMS if not MANIFESTS[name].baseline}
"""The quickest system of each mode is also stopped as for a new version. The time for that depends on the mode."""


def checks_of(system: System) -> tuple[Check[Subject], ...]:
    end = [check.name for check in CHECKS].index("stop")
    stopped = (crash("redeployed"),) if system in STOPPED.values() else ()
    return (*CHECKS[:end], *stopped, *CHECKS[end:])


@dataclass(frozen=True)
class Examined:
    """The examination of one system: a verdict per check, and the records of its trials."""

    verdicts: Mapping[str, Verdict]
    records: list[TrialRecord]
    crashes: Mapping[str, CrashRecord]


def examine(isolation: Isolation, system: System) -> Examined:
    """Run every check of a system in order, in this process."""
    name, profile = system
    with Subject(MANIFESTS[name].folder, profile) as subject:
        subject.context = StackContext(isolation, Envelope(), print)
        checks = checks_of(system)
        examination = Examination(checks, subject, subject.folder)
        verdicts = {check.name: examination.verdict(check.name) for check in checks}
        return Examined(verdicts, [*subject.trials.values()], subject.crashed)


class Pool:
    """Examines systems in parallel, in this order, and returns the verdicts of each."""

    def __init__(self, workers: ProcessPoolExecutor, isolation: Isolation, systems: list[System]) -> None:
        self._workers = workers
        self._isolation = isolation
        self.systems = systems
        self._first = {system: self._submit(system) for system in systems}
        self._counts: dict[System, Examined] = {}
        self.looked_at_again: set[str] = set()

    def examined(self, system: System) -> Examined:
        """Return a system's examination, after a second look if the first found a fault."""
        if system not in self._counts:
            self._counts[system] = self._settled(system, self._first[system].result())
        return self._counts[system]

    def alone(self, system: System) -> Examined:
        """Examine a system again without any other stack."""
        wait(self._first.values())
        return self._submit(system).result()

    def _submit(self, system: System) -> "Future[Examined]":
        return self._workers.submit(examine, self._isolation, system)

    def _settled(self, system: System, first: Examined) -> Examined:
        found = [verdict for verdict in first.verdicts.values() if doubtful(verdict)]
        if not found:
            return first
        self.looked_at_again.add(system[0])
        for verdict in found:
            warnings.warn(f"{' '.join(system)}, looked at once more: {told(verdict)}", stacklevel=2)
        second = self.alone(system)
        verdicts = look_again([*first.verdicts.values()], second.verdicts.__getitem__)
        return Examined({each.name: each for each in verdicts}, second.records, second.crashes)


def told(verdict: Verdict) -> str:
    faults = "\n".join(f"{fault.what}\n  {fault.hint}\n{fault.log}" for fault in verdict.faults)
    return f"{verdict.name}: {verdict.demand}: {verdict.why}{faults}"


@pytest.fixture(scope="module")
def pool(request: pytest.FixtureRequest, isolation: Isolation) -> Iterator[Pool]:
    """Examine the systems that were chosen by `-k` or by an id."""
    own = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    chosen = {item.callspec.params["system"] for item in own if "system" in item.callspec.params}
    apart = ProcessPoolExecutor(AT_ONCE, get_context("spawn"), end_with_parent, (os.getpid(),))
    with exclusive(), apart as workers:
        try:
            yield Pool(workers, isolation, [system for system in SYSTEMS if system in chosen])
        finally:
            workers.shutdown(wait=False, cancel_futures=True)


CASES = [(system, check.name) for system in SYSTEMS for check in checks_of(system)]
by_system = pytest.mark.parametrize("system", SYSTEMS, ids="-".join)


@pytest.mark.parametrize(("system", "name"), CASES, ids=lambda each: each if isinstance(each, str) else "-".join(each))
def test_it_meets_the_contract(pool: Pool, system: System, name: str) -> None:
    verdict = pool.examined(system).verdicts[name]
    if verdict.lacking:
        lacks("what it takes to look", verdict.why)
    if verdict.outcome == Outcome.NOT_ASKED:
        pytest.skip(verdict.why)
    assert verdict.outcome == Outcome.PASSED, told(verdict)


@by_system
def test_the_phases_of_its_trials_sum_to_their_totals(pool: Pool, system: System) -> None:
    """Tests the harness instead of the orchestrator: the published phases of a trial add up to its total."""
    records = pool.examined(system).records
    assert records
    for record in records:
        cut = record.phases
        assert cut is not None, record.scenario
        parts = cut.trigger_s + cut.queue_s + cut.work_s + cut.hops_s + cut.finish_s
        assert parts == pytest.approx(cut.total_s, abs=0.005)
        assert cut.total_s == pytest.approx((record.finished_ns - record.sent_ns) / 1e9, abs=0.005)


@by_system
def test_its_crash_verdicts_follow_from_their_observations(pool: Pool, isolation: Isolation, system: System) -> None:
    crashes = pool.examined(system).crashes
    assert crashes
    preset = CrashPreset([*crashes], CRASH_PATIENCE.limit_s)
    plan = preset.plan([MANIFESTS[system[0]]], isolation.kind, 1, 1)
    for record in crashes.values():
        print(record.scenario, record.finding, *record.did)
        assert [*trial_faults(record, plan)] == []


def test_the_crash_lab_finds_the_same_without_neighbours(pool: Pool) -> None:
    systems = [system for system in pool.systems if system not in STOPPED.values()]
    quickest = min(systems, key=expected_s)
    alone = pool.alone(quickest).crashes
    beside = pool.examined(quickest).crashes
    assert {name: each.finding for name, each in alone.items()} == {name: each.finding for name, each in beside.items()}


def test_few_tools_need_a_second_look(pool: Pool) -> None:
    """Comes last. A second look is reported as a warning, but is no excuse for many of them."""
    for system in pool.systems:
        pool.examined(system)
    assert len(pool.looked_at_again) <= MOST_TOOLS, pool.looked_at_again
