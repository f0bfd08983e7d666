"""Runs a round of timed trials: a cold one, warm ones, and the idle stack at the end."""

import time
from dataclasses import dataclass, replace

import psycopg

from harness.isolation.gauge import Gauge
from harness.isolation.protocol import StackError
from harness.measure.presence import undisturbed
from harness.measure.round import Round, RoundState
from harness.measure.stack import Stack
from harness.measure.trial import run_trial
from harness.results.records import TrialRecord

_REST_SAMPLE_S = 1.0


@dataclass(frozen=True)
class LatencyRound(Round[TrialRecord]):
    """A planned round of timed trials."""

    def run_trials(self, stack: Stack, life: RoundState) -> None:
        """Run the remaining trials, then measure the idle stack.

        A run that hangs ends the stack, because it could wake up later and write into another trial's warehouse. A run
        with an error that has not ended also ends the stack, and so does a repeated trial that must be cold.
        """
        try:
            self._run_trials(stack, life)
        except psycopg.OperationalError as error:
            raise StackError(f"the warehouse is unreachable: {error}", log=stack.running.log()) from error

    def _run_trials(self, stack: Stack, life: RoundState) -> None:
        gauge = stack.running.gauge()
        before, trials_before = stack.running.state_size(), len(life.trials)
        # The first trial of every stack is cold, also in a replacement.
        number, first = life.remaining[0]
        life.remaining[0] = (number, replace(first, cold=True))
        while life.remaining:
            place, trial = self.begin_next(life)
            scenario = self.plan.scenarios[trial.scenario]
            record = self.admit(run_trial(stack, place, trial, scenario, gauge, self.lane))
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
            self.doing(f"{self.planned.orchestrator}: measuring idle use")
            life.idle_rss_bytes, life.idle_cpu_cores = undisturbed(lambda: _rest(gauge, self.planned.rest_s))


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
