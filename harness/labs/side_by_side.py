"""Runs rounds in parallel, each in a separate process that reports to this one.

Only this process writes records, in the order in which it receives them. A round's process ends with this one, and all
of its children end with it. SIGTERM stops its stack first.
"""

import logging
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType

from harness.errors import HarnessError
from harness.labs.kind import AnyTrial
from harness.measure.round import Round, failed_round
from harness.measure.subprocesses import spawned
from harness.results.records import CrashRecord, RoundRecord, TrialRecord
from harness.signals import ENDING, OF_A_TERMINAL, handle

_STOP_LIMIT_S = 60.0
AnyRound = Round[TrialRecord] | Round[CrashRecord]
Recorded = AnyTrial | RoundRecord


@dataclass
class _Job:
    """A round in another process, and the receiving end of its pipe."""

    round: AnyRound
    process: SpawnProcess
    heard: Connection

    def receive(self) -> str | Recorded:
        """Return the next activity or record, or the record of a failed round if the process has ended."""
        try:
            told: str | Recorded = self.heard.recv()
        except EOFError:
            self.process.join(_STOP_LIMIT_S)
            lost = HarnessError(f"the process of this round exited with {self.process.exitcode}")
            return failed_round(self.round.planned, self.round.round_try, lost, self.round.contender.manifest)
        return told

    def end(self) -> None:
        """Wait for the process to end, or else kill it."""
        self.process.join(_STOP_LIMIT_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(_STOP_LIMIT_S)
        self.heard.close()


def run_side_by_side(rounds: Iterable[AnyRound], doing: Callable[[str], None], at_once: int) -> Iterator[Recorded]:
    """Run all rounds with so many in parallel. Yield every record as it arrives, and each round's own record last.

    Records are stamped here, so that they are in the order of time. A round whose process ends silently has failed, and
    the others continue.
    """
    to_come = iter(rounds)
    with _jobs() as jobs:
        jobs += map(_start, islice(to_come, at_once))
        while jobs:
            ready = wait([job.heard for job in jobs])
            for job in [each for each in jobs if each.heard in ready]:
                told = job.receive()
                if isinstance(told, str):
                    doing(told)
                    continue
                if isinstance(told, RoundRecord):
                    job.end()
                    jobs.remove(job)
                    jobs += map(_start, islice(to_come, 1))
                yield told.model_copy(update={"at_s": time.time()})


@contextmanager
def _jobs() -> Iterator[list[_Job]]:
    """Yield a list for running jobs. All of them end with the context."""
    jobs: list[_Job] = []
    try:
        yield jobs
    finally:
        # Signal all before waiting for any.
        for job in jobs:
            job.process.terminate()
        for job in jobs:
            job.end()


def _start(each: AnyRound) -> _Job:
    # A listener cannot be pickled, so the process replaces it.
    return _Job(each, *spawned(_live, replace(each, doing=print, keep=print)))


def _live(tells: Connection, each: AnyRound) -> None:
    """Run a round in this process and report its events."""
    # stamina logs each retry, and a logger without a handler prints it.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    # The main process handles a terminal's signals and then sends one SIGTERM.
    handle(signal.SIG_IGN, OF_A_TERMINAL)
    signal.signal(signal.SIGTERM, _stop)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        tells.send(replace(each, doing=tells.send, keep=tells.send).run())
        # Everything is reported. A signal now has nothing to stop and must not interrupt this.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # Only once, because a second signal must not interrupt the stack's shutdown.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
