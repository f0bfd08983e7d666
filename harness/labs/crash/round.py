"""Runs a round of crash trials, with a fresh stack after each trial that damages one."""

from dataclasses import dataclass, replace

from harness.experiment.envelope import Envelope
from harness.labs.crash.observer import Patience
from harness.labs.crash.trial import run_crash_trial
from harness.measure.round import Round, RoundState
from harness.measure.stack import Stack
from harness.orchestrators.driver import RunState
from harness.results.records import CrashRecord


@dataclass(frozen=True)
class CrashRound(Round[CrashRecord]):
    """A planned round of crash trials."""

    @property
    def patience(self) -> Patience:
        """The timeouts of its trials."""
        return Patience(self.plan.patience_s)

    def envelope_of_next(self, life: RoundState) -> Envelope:
        """Return the resource limits of the next trial's stack, whose state may need its own disk."""
        _, trial = life.remaining[0]
        return replace(self.envelope, state_bytes=self.plan.crashes[trial.scenario].state_bytes)

    def run_trials(self, stack: Stack, life: RoundState) -> None:
        """Run remaining trials until one damages the stack or needs other limits."""
        envelope = self.envelope_of_next(life)
        while life.remaining and self.envelope_of_next(life) == envelope:
            place, trial = self.begin_next(life)
            crash = self.plan.crashes[trial.scenario]
            record = self.admit(run_crash_trial(stack, place, crash, self.patience, self.beside))
            self.keep(record)
            life.next_try(record)
            if not reusable(record):
                return


def reusable(record: CrashRecord) -> bool:
    """Whether a stack can serve the next trial: its run has ended, and the run after it succeeded."""
    return (
        record.outcome == "valid"
        and record.later is not None
        and record.later.state is not None
        and not record.lived_on
        and record.next_run == RunState.SUCCESS
    )
