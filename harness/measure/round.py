"""Runs one round: one stack from start to stop, trial by trial.

Knows a planned round and records, but no laps or listeners.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import psycopg

from harness.errors import HarnessError, worded, writable
from harness.experiment.envelope import Envelope
from harness.experiment.judgement import TRIES, absent
from harness.experiment.plan import PlannedRound, PlannedTrial, trial_id, try_id
from harness.experiment.scenario import Scenario
from harness.isolation.gauge import Gauge
from harness.isolation.protocol import Isolation, StackError
from harness.measure.meters import clocks_apart_s
from harness.measure.presence import Absent, Presence, present, undisturbed
from harness.measure.stack import Stack, launch, wait_ready
from harness.measure.trial import Place, run_trial
from harness.orchestrators.manifest import Manifest
from harness.results.records import CrashRecord, RecordError, RoundRecord, TrialRecord, first_success_s

_REST_SAMPLE_S = 1.0


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
        doing(f"{stack.manifest.name}: starting")
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

    def name_of_next(self, round_id: str) -> str:
        """Return the id of the next trial."""
        number, trial = self.remaining[0]
        return try_id(trial_id(round_id, number, trial.scenario), self.tries)

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

    def record(self, planned: PlannedRound, round_id: str) -> RoundRecord:
        """Return the record of the round, which ends now."""
        return RoundRecord(
            at_s=time.time(),
            orchestrator=planned.orchestrator,
            profile=planned.profile,
            lap=planned.lap,
            round=round_id,
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
class Round:
    """A planned round with everything it needs. `doing` receives the current activity.

    `admit` checks each trial's record before `keep` stores it. Raises `RecordError` if `keep` fails.

    `lane` are its own CPUs, if other rounds run in parallel.
    """

    isolation: Isolation
    manifest: Manifest
    envelope: Envelope
    scenarios: Mapping[str, Scenario]
    planned: PlannedRound
    id: str
    doing: Callable[[str], None]
    admit: Callable[[TrialRecord], TrialRecord]
    keep: Callable[[TrialRecord], None]
    lane: tuple[int, ...] = ()

    def run(self) -> RoundRecord:
        """Run the round. A failure of the stack ends the round, not the benchmark."""
        planned = self.planned
        life = RoundState(list(enumerate(planned.trials, start=1)))
        while life.remaining and not life.failure:
            with present() as presence:
                try:
                    with launch(self.isolation, self.manifest, planned.profile, self.envelope) as stack:
                        try:
                            self._live(stack, life, presence)
                        except psycopg.OperationalError as error:
                            words = f"the warehouse is unreachable: {error}"
                            raise StackError(words, log=stack.running.log()) from error
                except RecordError:
                    # A measurement cannot be stored, so the benchmark must end.
                    raise
                except Exception as error:
                    life.lose(error, self.manifest, presence)
        return life.record(planned, self.id)

    def _live(self, stack: Stack, life: RoundState, presence: Presence) -> None:
        """Run the remaining trials in one stack, and remove each finished trial from them.

        A run that hangs ends the stack, because it could wake up later and write into another trial's warehouse. A run
        with an error that has not ended also ends the stack, and so does a repeated trial that must be cold.
        """
        planned, name = self.planned, self.planned.orchestrator
        life.get_ready(stack, self.doing, presence)
        gauge = stack.running.gauge()
        before, trials_before = stack.running.state_size(), len(life.trials)
        # The first trial of every stack is cold, also in a replacement.
        number, first = life.remaining[0]
        life.remaining[0] = (number, replace(first, cold=True))
        while life.remaining:
            number, trial = life.remaining[0]
            self.doing(f"{name}: {trial.scenario} ({number} of {len(planned.trials)})")
            place = Place(planned.lap, self.id, life.name_of_next(self.id))
            record = self.admit(run_trial(stack, place, trial, self.scenarios[trial.scenario], gauge, self.lane))
            replaced = record.outcome == "error" and (record.cold or record.state is None)
            record = record.model_copy(update={"stack_replaced": replaced})
            self.keep(record)
            life.trials.append(record)
            life.next_try(record)
            if record.outcome == "hung":
                return
            if not stack.running.alive():
                raise StackError("the stack ended during a trial", log=stack.running.log())
            if record.stack_replaced:
                return
        after = stack.running.state_size()
        life.state_runs = len(life.trials) - trials_before
        life.state_bytes = after.size_bytes - before.size_bytes
        if before.transactions is not None and after.transactions is not None:
            life.transactions = after.transactions - before.transactions
        if gauge:
            self.doing(f"{name}: measuring idle use")
            life.idle_rss_bytes, life.idle_cpu_cores = undisturbed(lambda: _rest(gauge, planned.rest_s))


def failed_round(planned: PlannedRound, round_id: str, error: Exception, manifest: Manifest) -> RoundRecord:
    """Return the record of a round whose stack could not be built."""
    life = RoundState([])
    life.end(error, manifest)
    return life.record(planned, round_id)


def _rest(gauge: Gauge, rest_s: float) -> tuple[int | None, float]:
    """Measure an idle stack. Return its median RSS in bytes, if known, and its CPU use in cores."""
    cpu_before_s, before = gauge.cpu_s(), time.monotonic()
    samples = []
    while time.monotonic() - before < rest_s:
        if (rss_bytes := gauge.rss_bytes()) is not None:
            samples.append(rss_bytes)
        time.sleep(max(_REST_SAMPLE_S, gauge.period_s))
    used_s = gauge.cpu_s() - cpu_before_s
    return sorted(samples)[len(samples) // 2] if samples else None, used_s / (time.monotonic() - before)
