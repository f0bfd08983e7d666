"""Demands on a stack's life: that it outlives a death, ends when it is asked to, and leaves nothing behind."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from harness.check.stack import why_not_ready
from harness.check.verdict import Fault, NotAsked
from harness.errors import HarnessError, origin
from harness.isolation import inside
from harness.isolation.confinement import Confinement
from harness.isolation.protocol import StackError
from harness.measure.stack import Stack, wait_ready
from harness.measure.trigger import ACCOUNT_LIMIT_S
from harness.orchestrators.answers import told_of
from harness.orchestrators.driver import ApiError, RunState

_STATE = "keep what the tool knows of its runs in $ORCHBENCH_STATE, or in its metadata database"


@dataclass(frozen=True)
class Restart:
    """What became of a stack that was killed and started again; `run` is one that had succeeded before."""

    lived_on: bool
    failure: str
    hint: str
    log: str
    told: RunState | None
    words: str


def kill_and_start(stack: Stack, run: str) -> Restart:
    """Kill every process of the orchestrator, start it over its state, and ask for the run that it knew."""
    running = stack.running
    running.kill()
    lived_on = running.alive()
    try:
        wait_ready(stack, running.start())
    except StackError as error:
        return Restart(lived_on, str(error), why_not_ready(running, stack.manifest), error.log, None, "")
    told, words = None, ""
    deadline = time.monotonic() + ACCOUNT_LIMIT_S
    while told is None and time.monotonic() < deadline:
        try:
            told = told_of(stack.driver, run).state
        except httpx.HTTPStatusError as error:
            # What it does not know it may say at once; what is not up yet has a while.
            words = origin(error, stack.manifest.folder)
            if error.response.is_client_error:
                break
        except (httpx.HTTPError, ApiError, HarnessError, LookupError) as error:
            words = origin(error, stack.manifest.folder)
        time.sleep(0.25)
    return Restart(lived_on, "", "", "", told, words)


def serves_again(restart: Restart) -> Iterator[Fault]:
    """Look that it gets ready over the state that it left."""
    if restart.lived_on:
        yield Fault("it lives on after a SIGKILL of everything", "start nothing that leaves the tree of `serve`")
    if restart.failure:
        hint = f"{restart.hint}; a stale pid or lock file in $ORCHBENCH_STATE is for `serve` to remove"
        yield Fault(f"killed and started again: {restart.failure}", hint, restart.log)


def remembers(restart: Restart, *, must: bool) -> Iterator[Fault]:
    """Look that a run that had succeeded is told to have succeeded after a restart.

    Only a server `must` know it: a library in a small server may keep nothing.
    """
    if restart.told == RunState.SUCCESS:
        return
    if restart.told is None and not must:
        raise NotAsked("it keeps nothing of its runs, and is no server that must")
    told = f"is told to be {restart.told}" if restart.told else f"is not known any more ({restart.words})"
    yield Fault(f"after a restart a run that had succeeded {told}", _STATE)


def scheduler(stack: Stack) -> Iterator[Fault]:
    """Look that supervisord runs the program that the manifest names as the scheduler."""
    name = stack.manifest.scheduler
    if name is None:
        raise NotAsked("its manifest names no program that schedules alone")
    try:
        stack.running.inside(inside.program, name)
    except StackError as error:
        yield Fault(str(error), "name a [program:…] of its supervisord in `scheduler`, as the crash lab kills it")


def stops(stack: Stack) -> Iterator[Fault]:
    """Look that it ends within its grace when it is asked to."""
    began_s = time.monotonic()
    stack.running.stop(stack.stop_limit_s)
    if (took_s := time.monotonic() - began_s) >= stack.stop_limit_s:
        hint = "end at SIGTERM: exec supervisord, stopasgroup = true, stopwaitsecs = $ORCHBENCH_STOP_GRACE_S"
        yield Fault(f"it did not end in {took_s:.0f} s after SIGTERM, and was killed", hint, stack.running.log())
    if stack.running.alive():
        yield Fault("it lives on after it was stopped", "start nothing that leaves the tree of `serve`")


def leaves_nothing(confinement: Confinement) -> Iterator[Fault]:
    """Look that nothing is left of a stack that was taken down."""
    for what in confinement.left():
        yield Fault(f"{what} is left of a stack that was taken down", "see its labels, and what `serve` starts")
