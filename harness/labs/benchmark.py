"""The main loop: runs rounds in the plan's order and records every sample at once.

Knows the plan and the store, and reports events to a listener, whose failures have no effect here. Only a record that
cannot be stored ends the benchmark.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import groupby
from typing import Protocol

from harness.experiment.plan import Plan, PlannedRound
from harness.labs.kind import AnyTrial
from harness.labs.kinds import kind_of
from harness.labs.once import Once
from harness.labs.side_by_side import AnyRound, Recorded, run_side_by_side
from harness.machine.code_state import demand_unchanged, harness_digests
from harness.machine.describe_machine import BenchContext, Intent
from harness.measure.round import failed_round
from harness.orchestrators.manifest import Manifest
from harness.results.admission import admitted
from harness.results.environment import Environment
from harness.results.records import InRound, Record, RoundRecord
from harness.results.store import Store

_LOG = logging.getLogger(__name__)


class Listener(Protocol):
    """Receives the events of the loop."""

    def doing(self, what: str) -> None:
        """Receive the current activity."""

    def trial(self, record: AnyTrial) -> None:
        """Receive a finished trial of any kind."""

    def round(self, record: RoundRecord) -> None:
        """Receive a finished round."""


class Undisturbing:
    """Forwards events to a listener. Each failure is logged once."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._said: set[str] = set()

    def __getattr__(self, name: str) -> Callable[[object], None]:
        """Forward one of the listener's methods."""
        return lambda told: self.tell(lambda: getattr(self._listener, name)(told))

    def tell(self, listen: Callable[[], object]) -> None:
        """Call a function that shows something."""
        try:
            listen()
        except (Exception, SystemExit) as error:
            # rich raises SystemExit if the reader of a pipe is gone.
            why = error.__context__ if isinstance(error, SystemExit) and error.__context__ else error
            words = f"{type(why).__name__}: {why}"
            if words not in self._said:
                self._said.add(words)
                _LOG.warning("progress could not be shown, but the benchmark continues: %s", words)


def remaining_rounds(plan: Plan, done: Sequence[Record]) -> list[PlannedRound]:
    """Return the rounds of a plan without an end record, in order."""
    ended = {record.round_number for record in done if isinstance(record, RoundRecord)}
    return [planned for planned in plan.rounds if planned.number not in ended]


@dataclass(frozen=True)
class Benchmark:
    """The inputs of the loop: its context, what is planned and done, environment, store and listener."""

    ground: BenchContext
    intent: Intent
    environment: Environment
    store: Store
    listener: Listener
    _harness: dict[str, str] = field(default_factory=harness_digests)
    """The digests of the harness's files when the loop begins."""

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """The orchestrators by name."""
        return {manifest.name: manifest for manifest in self.intent.manifests}

    @cached_property
    def _heard(self) -> Undisturbing:
        return Undisturbing(self.listener)

    @cached_property
    def _once(self) -> Once:
        return Once(self.ground, self.intent.plan, self.store, self._heard.doing)

    def run(self, between: Callable[[], None]) -> int:
        """Run every unfinished round of the plan. Call `between` whenever nothing is measured.

        Returns how many rounds have failed, including earlier ones.

        An orchestrator is built right before its first round, so builds do not disturb measurements and the first rows
        come early. If rounds run in parallel, one round per lane starts at the same time. If they share CPUs, the next
        round starts when one ends. An interrupted round is repeated with a new id, and its records stay. Single
        measurements that were interrupted are made now. Raises `Misuse` before a round if files of the harness have
        changed.
        """
        done, tries = self.intent.done, Counter[int]()
        ends = [record for record in done if isinstance(record, RoundRecord)]
        for record in done:
            if isinstance(record, InRound):
                tries[record.round_number] = max(tries[record.round_number], record.round_try)
        self._once.resume(done)
        for end in ends:
            manifest = self.manifests[end.orchestrator]
            if not end.failure and self._once.lacks(manifest):
                self._once.build(manifest)
                self._once.measure(manifest)
        remaining, pinning = remaining_rounds(self.intent.plan, done), self.ground.pinning
        for _, lap in groupby(remaining, key=lambda planned: planned.lap):
            of_lap = [*lap]
            for batch in _batches(of_lap, len(of_lap) if pinning.sharing > 1 else pinning.jobs):
                demand_unchanged(self._harness)
                ends += self._batch([(each, tries[each.number] + 1) for each in batch], between)
                self._heard.tell(between)
        return sum(bool(end.failure) for end in ends)

    def _batch(self, batch: Sequence[tuple[PlannedRound, int]], between: Callable[[], None]) -> list[RoundRecord]:
        """Build images, run these tries of rounds, then make single measurements. Return the ends of rounds.

        Calls `between` after each round that shares CPUs, because it does not disturb verdicts.
        """
        pinning = self.ground.pinning
        beside = min(len(batch), pinning.jobs) - 1
        rounds: list[AnyRound] = []
        ends: list[RoundRecord] = []
        for planned, round_try in batch:
            manifest = self.manifests[planned.orchestrator]
            if error := self._once.build(manifest):
                ends.append(failed_round(planned, round_try, error, manifest))
                self._keep(ends[-1])
            else:
                rounds.append(self._round(planned, round_try, len(rounds), beside))
        if pinning.jobs == 1:
            for each in rounds:
                ends.append(each.run())
                self._keep(ends[-1])
        else:
            for record in run_side_by_side(self._one_by_one(rounds), self._heard.doing, pinning.jobs):
                self._keep(record)
                if isinstance(record, RoundRecord):
                    ends.append(record)
                    if pinning.sharing > 1:
                        self._heard.tell(between)
        for end in ends:
            if not end.failure:
                self._once.measure(self.manifests[end.orchestrator])
        return ends

    def _one_by_one(self, rounds: Sequence[AnyRound]) -> Iterator[AnyRound]:
        """Yield rounds on demand. Each starts in a separate process, which loads the harness again."""
        for each in rounds:
            demand_unchanged(self._harness)
            yield each

    def _round(self, planned: PlannedRound, round_try: int, job: int, beside: int) -> AnyRound:
        pinning = self.ground.pinning
        lane = tuple(pinning.lanes[job]) if pinning.lanes else ()
        return kind_of(self.intent.plan).round(
            isolation=self.ground.isolation,
            contender=planned.contender(self.manifests),
            envelope=replace(self.ground.envelope, cpuset=lane or pinning.cpuset),
            plan=self.intent.plan,
            planned=planned,
            round_try=round_try,
            doing=self._heard.doing,
            admit=partial(admitted, plan=self.intent.plan, environment=self.environment),
            keep=self._keep,
            lane=lane,
            beside=beside,
        )

    def _keep(self, record: Recorded) -> None:
        self.store.append(record)
        if isinstance(record, RoundRecord):
            self._heard.round(record)
        else:
            self._heard.trial(record)


def _batches(rounds: Sequence[PlannedRound], most: int) -> Iterator[list[PlannedRound]]:
    """Yield groups of rounds that are built together, in order: so many, or one that must run alone."""
    for alone, part in groupby(rounds, key=lambda each: each.alone):
        together, size = list(part), 1 if alone else most
        yield from (together[first : first + size] for first in range(0, len(together), size))
