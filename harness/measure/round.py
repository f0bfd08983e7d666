"""Runs one round: planned trials in one stack, or in several if a trial leaves its stack unusable.

A kind of benchmark decides what happens in a stack. Knows a planned round and records, but no laps or listeners.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic

from harness.errors import HarnessError, worded, writable
from harness.experiment.envelope import Envelope
from harness.experiment.judgement import TRIES, absent
from harness.experiment.plan import Plan, PlannedRound, PlannedTrial, trial_id, try_id
from harness.isolation.protocol import Isolation
from harness.measure.meters import clocks_apart_s
from harness.measure.presence import Absent, Presence, present
from harness.measure.stack import Stack, launch, wait_ready
from harness.measure.trial import Place
from harness.orchestrators.contender import Contender
from harness.orchestrators.manifest import Manifest
from harness.results.admission import Trial
from harness.results.records import CrashRecord, RecordError, RoundRecord, TrialRecord, first_success_s


@dataclass
class RoundState:
    """The state of a round so far. Unknown values are `None`. `failure` is empty if nothing has failed.

    `tries` is the number of the next trial's try. `lost` counts consecutive stacks that were lost because the harness
    did not run.
    """

    remaining: list[tuple[int, PlannedTrial]]
    tries: int = 1
    lost: int = 0
    trials: list[TrialRecord] = field(default_factory=list)
    ready_s: float | None = None
    idle_rss_bytes: int | None = None
    idle_cpu_cores: float | None = None
    state_runs: int | None = None
    state_bytes: int | None = None
    transactions: int | None = None
    failure: str = ""
    log: str = ""
    began_s: float = field(default_factory=time.monotonic)
    began_apart_s: float = field(default_factory=clocks_apart_s)

    def get_ready(self, stack: Stack, doing: Callable[[str], None], presence: Presence) -> None:
        """Wait until a stack is ready. The startup time of a round's first stack counts.

        Raises `StackError`, and `Absent` if the harness did not run meanwhile.
        """
        doing(f"{stack.contender.name}: starting")
        ready_s = wait_ready(stack, stack.running.started_ns)
        if absence := absent(presence.absent_s):
            raise Absent(f"startup was not measured: {absence}")
        presence.end()
        if self.ready_s is None:
            self.ready_s = ready_s

    def next_try(self, record: TrialRecord | CrashRecord) -> None:
        """Continue with the next trial, or with another try of a trial that ended in an error."""
        self.lost = 0
        if record.outcome == "error" and self.tries < TRIES:
            self.tries += 1
        else:
            self.tries = 1
            self.remaining.pop(0)

    def next_place(self, planned: PlannedRound, round_try: int) -> Place:
        """Return the place of the next trial in this try of a planned round."""
        number, trial = self.remaining[0]
        round_id = try_id(planned.id, round_try)
        name = try_id(trial_id(round_id, number, trial.scenario), self.tries)
        return Place(planned.lap, round_id, name, planned.number, round_try, number, self.tries)

    def lose(self, error: Exception, manifest: Manifest, presence: Presence) -> None:
        """End the round with an error. No failure of a stack, a driver or Docker ends the benchmark.

        If a stack was lost before it was ready because the harness did not run, another stack starts instead.
        """
        if self.remaining and absent(presence.absent_s) and self.lost < TRIES - 1:
            self.lost += 1
        else:
            self.end(error, manifest)

    def end(self, error: Exception, manifest: Manifest) -> None:
        """End the round with an error."""
        words = worded(error, manifest.folder)
        if isinstance(error, HarnessError):
            self.failure, self.log = words, writable(error.log)
        else:
            self.failure = f"unexpected error: {words}"

    def record(self, planned: PlannedRound, round_try: int) -> RoundRecord:
        """Return the record of this try of a round, which ends now."""
        return RoundRecord(
            at_s=time.time(),
            orchestrator=planned.orchestrator,
            profile=planned.profile,
            lap=planned.lap,
            round=try_id(planned.id, round_try),
            round_number=planned.number,
            round_try=round_try,
            ready_s=self.ready_s,
            first_success_s=first_success_s(self.ready_s, self.trials),
            idle_rss_bytes=self.idle_rss_bytes,
            idle_cpu_cores=self.idle_cpu_cores,
            rest_s=planned.rest_s,
            duration_s=time.monotonic() - self.began_s,
            clock_step_s=clocks_apart_s() - self.began_apart_s,
            state_runs=self.state_runs,
            state_bytes=self.state_bytes,
            transactions=self.transactions,
            failure=self.failure,
            log=self.log.splitlines(),
        )


@dataclass(frozen=True)
class Round(ABC, Generic[Trial]):
    """One try of a planned round, with everything it needs. `doing` receives the current activity.

    `admit` checks each trial's record before `keep` stores it. Raises `RecordError` if `keep` fails.

    Of rounds that run in parallel, each has its own CPUs as its `lane`, or shares all of them with `beside` others.
    """

    isolation: Isolation
    contender: Contender
    envelope: Envelope
    plan: Plan
    planned: PlannedRound
    round_try: int
    doing: Callable[[str], None]
    admit: Callable[[Trial], Trial]
    keep: Callable[[Trial], None]
    lane: tuple[int, ...] = ()
    beside: int = 0

    def run(self) -> RoundRecord:
        """Run every trial. A failure of a stack ends the round, not the benchmark."""
        life = RoundState(list(enumerate(self.planned.trials, start=1)))
        while life.remaining and not life.failure:
            with present() as presence:
                try:
                    envelope = self.envelope_of_next(life)
                    with launch(self.isolation, self.contender, envelope) as stack:
                        life.get_ready(stack, self.doing, presence)
                        self.run_trials(stack, life)
                except RecordError:
                    # A measurement cannot be stored, so the benchmark must end.
                    raise
                except Exception as error:
                    life.lose(error, self.contender.manifest, presence)
        return life.record(self.planned, self.round_try)

    def envelope_of_next(self, _life: RoundState) -> Envelope:
        """Return the resource limits of the next trial's stack."""
        return self.envelope

    @abstractmethod
    def run_trials(self, stack: Stack, life: RoundState) -> None:
        """Run remaining trials in a stack until none is left or the stack must be replaced."""

    def begin_next(self, life: RoundState) -> tuple[Place, PlannedTrial]:
        """Report the next trial and return it with its place."""
        number, trial = life.remaining[0]
        self.doing(f"{self.planned.orchestrator}: {trial.scenario} ({number} of {len(self.planned.trials)})")
        return life.next_place(self.planned, self.round_try), trial


def failed_round(planned: PlannedRound, round_try: int, error: Exception, manifest: Manifest) -> RoundRecord:
    """Return the record of a round whose stack could not be built."""
    life = RoundState([])
    life.end(error, manifest)
    return life.record(planned, round_try)
