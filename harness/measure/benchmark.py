"""The loop: rounds in the order of the plan, every sample recorded as it is made.

Knows the plan and the store. It tells a listener what happens and leaves showing it to others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.errors import HarnessError
from harness.experiment.envelope import Envelope
from harness.experiment.plan import Plan, PlannedRound, planned_id, try_id
from harness.isolation.protocol import Isolation
from harness.measure.round import Round, failed_round
from harness.orchestrators.manifest import Manifest
from harness.orchestrators.source_lines import count_source_lines
from harness.results.records import BuiltRecord, CodeRecord, Record, RoundRecord, SetupRecord, Store, TrialRecord


class Listener(Protocol):
    """Hears what the loop does, as it does it."""

    def doing(self, what: str) -> None:
        """Hear what is being waited for now."""

    def trial(self, record: TrialRecord) -> None:
        """Hear of a finished trial."""

    def round(self, record: RoundRecord) -> None:
        """Hear of a finished round."""


def remaining_rounds(plan: Plan, done: Sequence[Record]) -> list[PlannedRound]:
    """Return the rounds of a plan that the records do not show as run to their end, in order."""
    ended = {planned_id(record.round) for record in done if isinstance(record, RoundRecord)}
    return [planned for planned in plan.rounds if planned.id not in ended]


@dataclass(frozen=True)
class Benchmark:
    """What the loop needs: who takes part, how stacks are held apart, where records go and who listens."""

    manifests: Mapping[str, Manifest]
    isolation: Isolation
    envelope: Envelope
    store: Store
    listener: Listener
    _had: set[tuple[str, str, str]] = field(default_factory=set)
    """What was recorded once already: kind, orchestrator and profile."""

    def run(self, plan: Plan, done: Sequence[Record], after_lap: Callable[[], None]) -> int:
        """Run every round of the plan that has not been run to its end; call `after_lap` at each lap's end.

        Returns how many rounds have failed, those of before included.

        An orchestrator is built right before its first round, so nothing is built beside a measurement and the first
        rows come early. A round that was interrupted is run again under a new id; what it had recorded stays.
        """
        to_run = remaining_rounds(plan, done)
        begun = {record.round for record in done if isinstance(record, TrialRecord | RoundRecord)}
        failures = sum(isinstance(record, RoundRecord) and bool(record.failure) for record in done)
        self._had.update((record.kind, record.orchestrator, record.profile) for record in done)
        for index, planned in enumerate(plan.rounds):
            if planned in to_run:
                tries = sum(planned_id(round_id) == planned.id for round_id in begun)
                failures += bool(self._round(plan, planned, try_id(planned.id, tries + 1)).failure)
            if index + 1 == len(plan.rounds) or plan.rounds[index + 1].lap != planned.lap:
                after_lap()
        return failures

    def _round(self, plan: Plan, planned: PlannedRound, round_id: str) -> RoundRecord:
        manifest = self.manifests[planned.orchestrator]
        try:
            self._build(manifest)
        except HarnessError as error:
            return self._end(failed_round(planned, round_id, error))
        record = self._end(
            Round(
                self.isolation,
                manifest,
                self.envelope,
                plan.scenarios,
                planned,
                round_id,
                self.listener.doing,
                self._keep,
            ).run()
        )
        if not record.failure:
            self._install(manifest)
        return record

    def _end(self, record: RoundRecord) -> RoundRecord:
        self.store.append(record)
        self.listener.round(record)
        return record

    def _keep(self, record: TrialRecord) -> None:
        self.store.append(record)
        self.listener.trial(record)

    def _build(self, manifest: Manifest) -> None:
        """Build what an orchestrator runs from and count its source lines, once. Raises `HarnessError`."""
        self.listener.doing(f"{manifest.name}: building what is missing")
        built = self.isolation.prepare(manifest, self.listener.doing)
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
        for profile in sorted(manifest.profiles):
            if self._first("code", manifest.name, profile):
                sloc = count_source_lines(manifest, profile)
                self.store.append(CodeRecord(at_s=time.time(), orchestrator=manifest.name, profile=profile, sloc=sloc))

    def _install(self, manifest: Manifest) -> None:
        """Time the install of an orchestrator's lock, once: after its first round, which should not wait for it.

        All profiles of an orchestrator share one install, which is recorded under the first.
        """
        if not self._first("setup", manifest.name, manifest.first_profile):
            return
        self.listener.doing(f"{manifest.name}: installing its lock")
        install, failure = None, ""
        try:
            install = self.isolation.install(manifest, self.envelope)
        except HarnessError as error:
            # It costs this one figure, and not the benchmark.
            failure = str(error)
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

    def _first(self, kind: str, orchestrator: str, profile: str) -> bool:
        """Whether a record that comes once is due now."""
        key = (kind, orchestrator, profile)
        due = key not in self._had
        self._had.add(key)
        return due
