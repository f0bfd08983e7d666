"""Checks of a stack's lifecycle: it survives a kill, stops when asked to, and leaves nothing behind."""

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
from harness.orchestrators.answers import poll_status
from harness.orchestrators.driver import ApiError, RunState

_STATE = "keep the tool's run history in $ORCHBENCH_STATE or in its metadata database"


@dataclass(frozen=True)
class Restart:
    """The state of a stack that was killed and restarted, and of a run that had succeeded before."""

    lived_on: bool
    failure: str
    hint: str
    log: str
    told: RunState | None
    words: str


def kill_and_start(stack: Stack, run: str) -> Restart:
    """Kill every process of the orchestrator, restart it with its state, and query an earlier run."""
    running = stack.running
    running.kill()
    lived_on = running.alive()
    try:
        wait_ready(stack, running.start())
    except StackError as error:
        return Restart(lived_on, str(error), why_not_ready(running, stack.contender.manifest), error.log, None, "")
    told, words = None, ""
    deadline = time.monotonic() + ACCOUNT_LIMIT_S
    while told is None and time.monotonic() < deadline:
        try:
            told = poll_status(stack.driver, run).state
        except httpx.HTTPStatusError as error:
            # The server may reject an unknown run at once, but it has time to start.
            words = origin(error, stack.contender.manifest.folder)
            if error.response.is_client_error:
                break
        except (httpx.HTTPError, ApiError, HarnessError, LookupError) as error:
            words = origin(error, stack.contender.manifest.folder)
        time.sleep(0.25)
    return Restart(lived_on, "", "", "", told, words)


def serves_again(restart: Restart) -> Iterator[Fault]:
    """Check that it becomes ready with the state that it left."""
    if restart.lived_on:
        yield Fault("it is still alive after SIGKILL to all processes", "start no process outside the tree of `serve`")
    if restart.failure:
        hint = f"{restart.hint}. `serve` has to remove stale pid and lock files in $ORCHBENCH_STATE"
        yield Fault(f"after a kill and a restart: {restart.failure}", hint, restart.log)


def remembers(restart: Restart, *, must: bool) -> Iterator[Fault]:
    """Check that a run that had succeeded is still reported as succeeded after a restart.

    Only a server `must` remember it. A library in a small server may keep nothing.
    """
    if restart.told == RunState.SUCCESS:
        return
    if restart.told is None and not must:
        raise NotAsked("it keeps no run history, which only servers must do")
    told = f"is reported as {restart.told}" if restart.told else f"is unknown ({restart.words})"
    yield Fault(f"after a restart, a run that had succeeded {told}", _STATE)


def scheduler(stack: Stack) -> Iterator[Fault]:
    """Check that supervisord runs the manifest's scheduler program."""
    name = stack.contender.manifest.scheduler
    if name is None:
        raise NotAsked("the manifest names no separate scheduler")
    try:
        stack.running.inside(inside.program, name)
    except StackError as error:
        yield Fault(str(error), "name a [program:…] of supervisord in `scheduler`, because the failure tests kill it")


def stops(stack: Stack) -> Iterator[Fault]:
    """Check that it stops within its grace period."""
    began_s = time.monotonic()
    stack.running.stop(stack.stop_limit_s)
    if (took_s := time.monotonic() - began_s) >= stack.stop_limit_s:
        hint = "stop at SIGTERM: exec supervisord, stopasgroup = true, stopwaitsecs = $ORCHBENCH_STOP_GRACE_S"
        yield Fault(f"it did not stop within {took_s:.0f} s after SIGTERM and was killed", hint, stack.running.log())
    if stack.running.alive():
        yield Fault("it is still alive after it was stopped", "start no process outside the tree of `serve`")


def leaves_nothing(confinement: Confinement) -> Iterator[Fault]:
    """Check that nothing is left of a stack that was taken down."""
    for what in confinement.left():
        yield Fault(f"{what} is left after the stack was taken down", "check its labels, and what `serve` starts")
