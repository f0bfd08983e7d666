"""Several rounds at once, each in a process of its own that tells this one what it does.

Only this process writes records, in the order in which it hears of them. A round's process ends with this one, and what
it started ends with it; SIGTERM takes its stack down first.
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
from harness.measure.apart import spawned
from harness.measure.crash_round import CrashRound
from harness.measure.round import Round, failed_round
from harness.results.records import CrashRecord, RoundRecord, TrialRecord
from harness.signals import ENDING, OF_A_TERMINAL, handle

_STOP_LIMIT_S = 60.0
AnyRound = Round | CrashRound
Recorded = TrialRecord | CrashRecord | RoundRecord
Told = str | Recorded


@dataclass
class _Job:
    """A round that runs elsewhere, and the end of the pipe that it is heard through."""

    round: AnyRound
    process: SpawnProcess
    heard: Connection


def run_side_by_side(rounds: Iterable[AnyRound], doing: Callable[[str], None], at_once: int) -> Iterator[Recorded]:
    """Run so many rounds at the same time, until all have run; yield every record as it comes, each round's own last.

    Records are stamped here, so that they stand in the order of their times. A round whose process ends without a word
    has failed, and the others go on.
    """
    to_come = iter(rounds)
    with _jobs() as jobs:
        jobs += map(_start, islice(to_come, at_once))
        while jobs:
            ready = wait([job.heard for job in jobs])
            for job in [each for each in jobs if each.heard in ready]:
                told = _hear(job)
                if isinstance(told, str):
                    doing(told)
                    continue
                if isinstance(told, RoundRecord):
                    _end(job)
                    jobs.remove(job)
                    jobs += map(_start, islice(to_come, 1))
                yield told.model_copy(update={"at_s": time.time()})


def _hear(job: _Job) -> Told:
    try:
        told: Told = job.heard.recv()
    except EOFError:
        job.process.join(_STOP_LIMIT_S)
        lost = HarnessError(f"the process of this round exited with {job.process.exitcode}")
        return failed_round(job.round.planned, job.round.id, lost, job.round.manifest)
    return told


@contextmanager
def _jobs() -> Iterator[list[_Job]]:
    """Yield a list for jobs that run; whatever happens, none in it outlives the context."""
    jobs: list[_Job] = []
    try:
        yield jobs
    finally:
        # All are asked before any is waited for.
        for job in jobs:
            job.process.terminate()
        for job in jobs:
            _end(job)


def _start(each: AnyRound) -> _Job:
    """Start a process for a round."""
    return _Job(each, *spawned(_live, replace(each, doing=_nothing, keep=_nothing)))


def _end(job: _Job) -> None:
    """Wait for a process that ends, and kill one that does not."""
    job.process.join(_STOP_LIMIT_S)
    if job.process.is_alive():
        job.process.kill()
        job.process.join(_STOP_LIMIT_S)
    job.heard.close()


def _live(tells: Connection, each: AnyRound) -> None:
    """Live a round in this process, and tell of it."""
    # stamina logs each retry, and a logger without a handler prints it.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    # What reaches every process of a terminal is heard by the harness's own, which asks for the end once.
    handle(signal.SIG_IGN, OF_A_TERMINAL)
    signal.signal(signal.SIGTERM, _stop)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        tells.send(replace(each, doing=tells.send, keep=tells.send).run())
        # All is told: an end that is asked for now has nothing to take down, and must not interrupt this one.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # Once: a second word must not interrupt the stack's end.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _nothing(_told: object) -> None:
    """Stand for a listener on the way to another process, which no listener survives."""
