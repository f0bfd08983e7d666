"""Runs one round of crash trials, with a fresh stack after each trial that damages one.

Knows a planned round and records, but no laps or listeners.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.experiment.crash import Crash
from harness.experiment.envelope import Envelope
from harness.experiment.plan import PlannedRound
from harness.isolation.protocol import Isolation
from harness.measure.crash_observer import Patience
from harness.measure.crash_trial import run_crash_trial
from harness.measure.presence import present
from harness.measure.round import RoundState
from harness.measure.stack import Stack, launch
from harness.orchestrators.contender import Contender
from harness.orchestrators.driver import RunState
from harness.results.records import CrashRecord, RecordError, RoundRecord


@dataclass(frozen=True)
class CrashRound:
    """One try of a planned round of crash trials. `doing` receives the current activity.

    `admit` checks each trial's record before `keep` stores it. Raises `RecordError` if `keep` fails.

    `patience` has the timeouts for a tool. `beside` is the number of parallel rounds.
    """

    isolation: Isolation
    contender: Contender
    envelope: Envelope
    crashes: Mapping[str, Crash]
    planned: PlannedRound
    round_try: int
    doing: Callable[[str], None]
    admit: Callable[[CrashRecord], CrashRecord]
    keep: Callable[[CrashRecord], None]
    patience: Patience
    beside: int = 0

    def run(self) -> RoundRecord:
        """Run every trial. A failure of a stack ends the round, not the benchmark."""
        life = RoundState(list(enumerate(self.planned.trials, start=1)))
        while life.remaining and not life.failure:
            envelope = self._envelope(life)
            with present() as presence:
                try:
                    with launch(self.isolation, self.contender, envelope) as stack:
                        life.get_ready(stack, self.doing, presence)
                        while life.remaining and self._envelope(life) == envelope and reusable(self._run(stack, life)):
                            pass
                except RecordError:
                    # A measurement cannot be stored, so the benchmark must end.
                    raise
                except Exception as error:
                    life.lose(error, self.contender.manifest, presence)
        return life.record(self.planned, self.round_try)

    def _envelope(self, life: RoundState) -> Envelope:
        """Return the resource limits of the next trial's stack."""
        _, trial = life.remaining[0]
        return replace(self.envelope, state_bytes=self.crashes[trial.scenario].state_bytes)

    def _run(self, stack: Stack, life: RoundState) -> CrashRecord:
        number, trial = life.remaining[0]
        self.doing(f"{self.planned.orchestrator}: {trial.scenario} ({number} of {len(self.planned.trials)})")
        place = life.next_place(self.planned, self.round_try)
        crash = self.crashes[trial.scenario]
        record = self.admit(run_crash_trial(stack, place, crash, self.patience, self.beside))
        self.keep(record)
        life.next_try(record)
        return record


def reusable(record: CrashRecord) -> bool:
    """Whether a stack can serve the next trial: its run has ended, and the run after it succeeded."""
    return (
        record.outcome == "valid"
        and record.later is not None
        and record.later.state is not None
        and not record.lived_on
        and record.next_run == RunState.SUCCESS
    )
