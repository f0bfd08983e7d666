"""The loop: rounds in the order of the plan, each a fresh stack, every sample recorded as it is made.

Knows the plan and the store. It tells a listener what happens and leaves showing it to others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import psycopg
from docker.errors import APIError
from docker.models.images import Image

from harness.cgroup import Gauge
from harness.code import count_code
from harness.orchestrator import Manifest
from harness.plan import PlannedRound, PlannedTrial
from harness.records import CodeRecord, Record, RoundRecord, Store, TrialRecord
from harness.setup import measure_setup
from harness.stack import Envelope, Stack, StackError
from harness.trial import run_trial

_IDLE_SAMPLE_S = 1.0


def remaining_rounds(plan: Sequence[PlannedRound], done: Sequence[Record]) -> list[PlannedRound]:
    """Return the rounds of a plan that the records do not show as run to their end, in order."""
    ended = {(record.lap, record.orchestrator, record.profile) for record in done if record.kind == "round"}
    return [each for each in plan if (each.lap, each.orchestrator, each.profile) not in ended]


class Listener(Protocol):
    """Hears what the loop does, as it does it."""

    def doing(self, what: str) -> None:
        """Hear what is being waited for now."""

    def trial(self, record: TrialRecord) -> None:
        """Hear of a finished trial."""

    def round(self, record: RoundRecord) -> None:
        """Hear of a finished round."""


@dataclass(frozen=True)
class Benchmark:
    """What the loop needs: who takes part, in which order, where records go and who listens."""

    manifests: Mapping[str, Manifest]
    images: Mapping[str, Image]
    envelope: Envelope
    store: Store
    listener: Listener

    def measure_once(self, done: Sequence[Record]) -> None:
        """Measure what does not change from round to round, once: lines of code of each profile, and the install.

        All profiles of an orchestrator share one image, so its install is measured under the first.
        """
        had = {(record.kind, record.orchestrator, record.profile) for record in done}
        for manifest in self.manifests.values():
            for profile in sorted(manifest.profiles):
                if ("code", manifest.name, profile) not in had:
                    self.store.append(
                        CodeRecord(
                            at_s=time.time(),
                            orchestrator=manifest.name,
                            profile=profile,
                            cpus=self.envelope.cpus,
                            memory_bytes=self.envelope.memory_bytes,
                            sloc=count_code(manifest, profile),
                        )
                    )
            profile = min(manifest.profiles)
            if ("setup", manifest.name, profile) not in had:
                self.listener.doing(f"{manifest.name}: installing its lock")
                self.store.append(measure_setup(manifest, profile, self.images[manifest.name], self.envelope))

    def run(self, plan: Sequence[PlannedRound], done: Sequence[Record], after_lap: Callable[[], None]) -> None:
        """Run every round of the plan that has not been run to its end; call `after_lap` at each lap's end.

        A round that was interrupted is run again under a new id; what it had recorded stays.
        """
        to_run = remaining_rounds(plan, done)
        begun = {record.round for record in done if record.kind in ("trial", "round")}
        for index, planned in enumerate(plan):
            if planned in to_run:
                self.store.append(self._round(planned, _fresh_id(planned.id, begun)))
            if index + 1 == len(plan) or plan[index + 1].lap != planned.lap:
                after_lap()

    def _round(self, planned: PlannedRound, round_id: str) -> RoundRecord:
        """Live one stack's life; whatever goes wrong with the stack ends the round, not the benchmark."""
        started = time.monotonic()
        manifest = self.manifests[planned.orchestrator]
        life = _Life()
        failure, log = "", ""
        remaining = list(enumerate(planned.trials, start=1))
        while remaining and not failure:
            with Stack(manifest, planned.profile, self.envelope) as stack:
                try:
                    self._live(stack, planned, round_id, life, remaining)
                except StackError as error:
                    failure, log = str(error), error.log
                except (psycopg.Error, APIError) as error:
                    failure, log = f"stack lost: {error}", stack.log()
        record = RoundRecord(
            at_s=time.time(),
            orchestrator=manifest.name,
            profile=planned.profile,
            cpus=self.envelope.cpus,
            memory_bytes=self.envelope.memory_bytes,
            lap=planned.lap,
            round=round_id,
            ready_s=life.ready_s,
            first_success_s=life.first_success_s,
            idle_rss_bytes=life.idle_rss_bytes,
            idle_cpu_cores=life.idle_cpu_cores,
            rest_s=planned.rest_s,
            duration_s=time.monotonic() - started,
            failure=failure,
            log=log.splitlines(),
        )
        self.listener.round(record)
        return record

    def _live(
        self,
        stack: Stack,
        planned: PlannedRound,
        round_id: str,
        life: "_Life",
        remaining: list[tuple[int, PlannedTrial]],
    ) -> None:
        """Run what remains of a round in one stack, and take each trial that was run out of `remaining`.

        A run that hangs ends the stack: it could wake up later and write into another trial's warehouse.
        """
        name = planned.orchestrator
        self.listener.doing(f"{name}: getting ready")
        stack.up()
        ready_s = stack.wait_ready()
        if life.ready_s is None:
            life.ready_s = ready_s
        gauge = stack.gauge()
        while remaining:
            index, trial = remaining[0]
            self.listener.doing(f"{name}: {trial.scenario} ({index} of {len(planned.trials)})")
            record = run_trial(stack, planned.lap, round_id, f"{round_id}-{index:02d}-{trial.scenario}", trial, gauge)
            self.store.append(record)
            self.listener.trial(record)
            remaining.pop(0)
            life.hear(record)
            if record.outcome == "hung":
                return
            if stack.container().status != "running":
                raise StackError("its container ended during a trial", stack.log())
        if gauge:
            self.listener.doing(f"{name}: at rest")
            life.idle_rss_bytes, life.idle_cpu_cores = _rest(gauge, planned.rest_s)


@dataclass
class _Life:
    """What is known so far of a stack's life; what never came to be stays `None`.

    `first_success_s` is the time to ready and the totals of all trials up to the first valid one: the harness's own
    waits between them are not the orchestrator's.
    """

    ready_s: float | None = None
    first_success_s: float | None = None
    idle_rss_bytes: int | None = None
    idle_cpu_cores: float | None = None
    _trials_s: float = 0.0

    def hear(self, record: TrialRecord) -> None:
        """Take a trial into account."""
        self._trials_s += (record.finished_ns - record.sent_ns) / 1e9
        if record.outcome == "valid" and self.ready_s is not None and self.first_success_s is None:
            self.first_success_s = self.ready_s + self._trials_s


def _rest(gauge: Gauge, rest_s: float) -> tuple[int, float]:
    """Watch a stack that has nothing to do; return its median RSS in bytes and its CPU use in cores."""
    cpu_before_s, before = gauge.cpu_s(), time.monotonic()
    samples = []
    while time.monotonic() - before < rest_s:
        samples.append(gauge.rss_bytes())
        time.sleep(_IDLE_SAMPLE_S)
    used_s = gauge.cpu_s() - cpu_before_s
    return sorted(samples)[len(samples) // 2], used_s / (time.monotonic() - before)


def _fresh_id(wanted: str, begun: set[str]) -> str:
    """Return `wanted`, or `wanted` with the number of the try where an earlier one was interrupted."""
    tries = sum(1 for known in begun if known == wanted or known.startswith(f"{wanted}-try"))
    return wanted if tries == 0 else f"{wanted}-try{tries + 1}"
