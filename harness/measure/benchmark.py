"""The loop: rounds in the order of the plan, every sample recorded as it is made.

Knows the plan and the store. It tells a listener what happens and leaves showing it to others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.experiment.envelope import Envelope
from harness.experiment.plan import Plan, PlannedRound, planned_id, try_id
from harness.isolation.protocol import Isolation, Prepared
from harness.measure.round import Round
from harness.orchestrators.manifest import Manifest
from harness.orchestrators.source_lines import count_source_lines
from harness.results.records import CodeRecord, Record, RoundRecord, SetupRecord, Store, TrialRecord


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
    prepared: Prepared
    envelope: Envelope
    store: Store
    listener: Listener

    def measure_once(self, done: Sequence[Record]) -> None:
        """Measure what does not change from round to round, once: source lines of each profile, and the install.

        All profiles of an orchestrator share one install, which is recorded under the first.
        """
        had = {(record.kind, record.orchestrator, record.profile) for record in done}
        for manifest in self.manifests.values():
            for profile in sorted(manifest.profiles):
                if ("code", manifest.name, profile) not in had:
                    sloc = count_source_lines(manifest, profile)
                    self.store.append(
                        CodeRecord(at_s=time.time(), orchestrator=manifest.name, profile=profile, sloc=sloc)
                    )
            if ("setup", manifest.name, manifest.first_profile) not in had:
                self.listener.doing(f"{manifest.name}: installing its lock")
                self.store.append(self._install(manifest))

    def run(self, plan: Plan, done: Sequence[Record], after_lap: Callable[[], None]) -> None:
        """Run every round of the plan that has not been run to its end; call `after_lap` at each lap's end.

        A round that was interrupted is run again under a new id; what it had recorded stays.
        """
        to_run = remaining_rounds(plan, done)
        begun = {record.round for record in done if isinstance(record, TrialRecord | RoundRecord)}
        for index, planned in enumerate(plan.rounds):
            if planned in to_run:
                tries = sum(planned_id(round_id) == planned.id for round_id in begun)
                self._round(plan, planned, try_id(planned.id, tries + 1))
            if index + 1 == len(plan.rounds) or plan.rounds[index + 1].lap != planned.lap:
                after_lap()

    def _round(self, plan: Plan, planned: PlannedRound, round_id: str) -> None:
        def keep(record: TrialRecord) -> None:
            self.store.append(record)
            self.listener.trial(record)

        record = Round(
            self.isolation,
            self.manifests[planned.orchestrator],
            self.envelope,
            plan.scenarios,
            planned,
            round_id,
            self.listener.doing,
            keep,
        ).run()
        self.store.append(record)
        self.listener.round(record)

    def _install(self, manifest: Manifest) -> SetupRecord:
        install = self.isolation.install(manifest, self.envelope)
        return SetupRecord(
            at_s=time.time(),
            orchestrator=manifest.name,
            profile=manifest.first_profile,
            download_bytes=install.download_bytes,
            packages=install.packages,
            install_s=install.seconds,
            image_bytes=self.prepared.systems[manifest.name].size_bytes,
        )
