"""The main loop: runs rounds in the plan's order and records every sample at once.

Knows the plan and the store, and reports events to a listener, whose failures have no effect here. Only a record that
cannot be stored ends the benchmark.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import groupby

from harness.errors import worded
from harness.experiment.envelope import Envelope, Pinning
from harness.experiment.judgement import absent
from harness.experiment.plan import Plan, PlannedRound
from harness.isolation.protocol import Isolation
from harness.measure.code_state import demand_unchanged, harness_digests
from harness.measure.crash_observer import Patience
from harness.measure.crash_round import CrashRound
from harness.measure.hearing import Listener, Undisturbing
from harness.measure.presence import present, undisturbed
from harness.measure.round import Round, failed_round
from harness.measure.side_by_side import AnyRound, Recorded, run_side_by_side
from harness.measure.unit_test import run_unit_test
from harness.orchestrators.contender import contenders
from harness.orchestrators.manifest import Manifest
from harness.orchestrators.source_lines import count_source_lines, pipeline_texts
from harness.provision.built import Install
from harness.results.admission import admitted
from harness.results.environment import Environment
from harness.results.records import (
    BuiltRecord,
    CodeRecord,
    InRound,
    Record,
    RecordError,
    RoundRecord,
    SetupRecord,
)
from harness.results.store import Store


def remaining_rounds(plan: Plan, done: Sequence[Record]) -> list[PlannedRound]:
    """Return the rounds of a plan without an end record, in order."""
    ended = {record.round_number for record in done if isinstance(record, RoundRecord)}
    return [planned for planned in plan.rounds if planned.number not in ended]


@dataclass(frozen=True)
class Benchmark:
    """The inputs of the loop: orchestrators, isolation, store and listener."""

    manifests: Mapping[str, Manifest]
    isolation: Isolation
    envelope: Envelope
    pinning: Pinning
    environment: Environment
    store: Store
    listener: Listener
    _had: set[tuple[str, str, str]] = field(default_factory=set)
    """The single records so far: kind, orchestrator and profile."""
    _harness: dict[str, str] = field(default_factory=harness_digests)
    """The digests of the harness's files when the loop begins."""

    @cached_property
    def _heard(self) -> Undisturbing:
        return Undisturbing(self.listener)

    def run(self, plan: Plan, done: Sequence[Record], between: Callable[[], None]) -> int:
        """Run every unfinished round of the plan. Call `between` whenever nothing is measured.

        Returns how many rounds have failed, including earlier ones.

        An orchestrator is built right before its first round, so builds do not disturb measurements and the first rows
        come early. If rounds run in parallel, one round per lane starts at the same time. With crash trials, the next
        round starts when one ends. An interrupted round is repeated with a new id, and its records stay. Single
        measurements that were interrupted are made now. Raises `Misuse` before a round if files of the harness have
        changed.
        """
        tries: Counter[int] = Counter()
        for record in done:
            if isinstance(record, InRound):
                tries[record.round_number] = max(tries[record.round_number], record.round_try)
        failures = sum(isinstance(record, RoundRecord) and bool(record.failure) for record in done)
        self._had.update((record.kind, record.orchestrator, record.profile) for record in done)
        for end in (record for record in done if isinstance(record, RoundRecord)):
            if self._lacks(plan, end):
                self._built(plan, self.manifests[end.orchestrator])
                self._measure_once(plan, end)
        remaining = remaining_rounds(plan, done)
        for lap in sorted({planned.lap for planned in plan.rounds}):
            of_lap = [planned for planned in remaining if planned.lap == lap]
            for batch in _batches(of_lap, len(of_lap) if self.pinning.sharing > 1 else self.pinning.jobs):
                demand_unchanged(self._harness)
                failures += self._batch(plan, [(each, tries[each.number] + 1) for each in batch], between)
                self._heard.tell(between)
        return failures

    def _batch(self, plan: Plan, batch: Sequence[tuple[PlannedRound, int]], between: Callable[[], None]) -> int:
        """Build images, run these tries of rounds, then make single measurements, one after the other.

        Returns how many have failed. Calls `between` after each crash round, because it does not disturb verdicts.
        """
        beside = min(len(batch), self.pinning.jobs) - 1
        rounds: list[AnyRound] = []
        ends: list[RoundRecord] = []
        for planned, round_try in batch:
            manifest = self.manifests[planned.orchestrator]
            if error := self._built(plan, manifest):
                ends.append(failed_round(planned, round_try, error, manifest))
                self._keep(ends[-1])
            else:
                rounds.append(self._round(plan, planned, round_try, len(rounds), beside))
        if self.pinning.jobs == 1:
            for each in rounds:
                ends.append(each.run())
                self._keep(ends[-1])
        else:
            for record in run_side_by_side(self._one_by_one(rounds), self._heard.doing, self.pinning.jobs):
                self._keep(record)
                if isinstance(record, RoundRecord):
                    ends.append(record)
                    if plan.crashes:
                        self._heard.tell(between)
        for end in ends:
            self._measure_once(plan, end)
        return sum(bool(end.failure) for end in ends)

    def _one_by_one(self, rounds: Sequence[AnyRound]) -> Iterator[AnyRound]:
        """Yield rounds on demand. Each starts in a separate process, which loads the harness again."""
        for each in rounds:
            demand_unchanged(self._harness)
            yield each

    def _measure_once(self, plan: Plan, end: RoundRecord) -> None:
        """Make the single measurements after an orchestrator's first successful round, unless they exist."""
        if self._lacks(plan, end):
            self._install(self.manifests[end.orchestrator])
            if plan.unit_tests:
                self._unit_test(self.manifests[end.orchestrator])

    def _lacks(self, plan: Plan, end: RoundRecord) -> bool:
        """Whether a single measurement is due after a round."""
        if end.failure or plan.crashes:
            return False
        manifest = self.manifests[end.orchestrator]
        due = ["setup", *(["unit_test"] if plan.unit_tests and manifest.unit_test else [])]
        return any((kind, manifest.name, manifest.first_profile) not in self._had for kind in due)

    def _round(self, plan: Plan, planned: PlannedRound, round_try: int, job: int, beside: int) -> AnyRound:
        admit = partial(admitted, plan=plan, environment=self.environment)
        contender = planned.contender(self.manifests)
        if plan.crashes:
            return CrashRound(
                isolation=self.isolation,
                contender=contender,
                envelope=replace(self.envelope, cpuset=self.pinning.cpuset),
                crashes=plan.crashes,
                planned=planned,
                round_try=round_try,
                doing=self._heard.doing,
                admit=admit,
                keep=self._keep,
                patience=Patience(plan.patience_s),
                beside=beside,
            )
        lane = tuple(self.pinning.lanes[job]) if self.pinning.lanes else ()
        return Round(
            isolation=self.isolation,
            contender=contender,
            envelope=replace(self.envelope, cpuset=lane or self.pinning.cpuset),
            scenarios=plan.scenarios,
            planned=planned,
            round_try=round_try,
            doing=self._heard.doing,
            admit=admit,
            keep=self._keep,
            lane=lane,
        )

    def _keep(self, record: Recorded) -> None:
        self.store.append(record)
        getattr(self._heard, record.kind)(record)

    def _built(self, plan: Plan, manifest: Manifest) -> Exception | None:
        """Build an orchestrator. Return its failure, because others can still be measured."""
        try:
            self._build(plan, manifest)
        except RecordError:
            raise
        except Exception as error:
            return error
        return None

    def _build(self, plan: Plan, manifest: Manifest) -> None:
        """Build an orchestrator and count its source lines, once.

        A build that installs the lock also measures the install, unless the harness did not run meanwhile.
        """
        self._heard.doing(f"{manifest.name}: building what is missing")
        with present() as presence:
            built = self.isolation.prepare(manifest, self._heard.doing, self.envelope)
            timed = not absent(presence.absent_s)
        if self._first("built", manifest.name, manifest.first_profile):
            self.store.append(
                BuiltRecord(
                    at_s=time.time(),
                    orchestrator=manifest.name,
                    profile=manifest.first_profile,
                    id=built.id,
                    inputs_sha256=built.inputs_sha256,
                    size_bytes=built.size_bytes,
                )
            )
        if built.install and timed and not plan.crashes and self._first("setup", manifest.name, manifest.first_profile):
            self._set_up(manifest, built.install)
        for each in contenders([manifest]):
            if self._first("code", each.name, each.profile):
                self.store.append(
                    CodeRecord(
                        at_s=time.time(),
                        orchestrator=each.name,
                        profile=each.profile,
                        sloc=count_source_lines(each),
                        texts=pipeline_texts(each),
                    )
                )

    def _install(self, manifest: Manifest) -> None:
        """Time the install of an existing build once, after its first round, so that the round does not wait for it."""
        if not self._first("setup", manifest.name, manifest.first_profile):
            return
        self._heard.doing(f"{manifest.name}: installing its lock")
        install, failure = None, ""
        try:
            install = undisturbed(lambda: self.isolation.install(manifest, self.envelope))
        except Exception as error:
            # A failure only costs this figure, not the benchmark.
            failure = worded(error, manifest.folder)
        self._set_up(manifest, install, failure)

    def _set_up(self, manifest: Manifest, install: Install | None, failure: str = "") -> None:
        """Record an install for the first profile. All profiles of an orchestrator share it."""
        self.store.append(
            SetupRecord(
                at_s=time.time(),
                orchestrator=manifest.name,
                profile=manifest.first_profile,
                download_bytes=install.download_bytes if install else None,
                packages=install.packages if install else None,
                install_s=install.seconds if install else None,
                failure=failure,
            )
        )

    def _unit_test(self, manifest: Manifest) -> None:
        """Run the pipeline's own unit test once, if the tool documents one."""
        if manifest.unit_test is None or not self._first("unit_test", manifest.name, manifest.first_profile):
            return
        self._heard.doing(f"{manifest.name}: running its unit test")
        self.store.append(run_unit_test(self.isolation, manifest, self.envelope))

    def _first(self, kind: str, orchestrator: str, profile: str) -> bool:
        """Whether a single record is due now."""
        key = (kind, orchestrator, profile)
        due = key not in self._had
        self._had.add(key)
        return due


def _batches(rounds: Sequence[PlannedRound], most: int) -> Iterator[list[PlannedRound]]:
    """Yield groups of rounds that are built together, in order: so many, or one that must run alone."""
    for alone, part in groupby(rounds, key=lambda each: each.alone):
        together, size = list(part), 1 if alone else most
        yield from (together[first : first + size] for first in range(0, len(together), size))
