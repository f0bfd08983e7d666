"""Checks of a stack's lifecycle: it survives a kill, gives crash verdicts, stops when asked to, and leaves nothing."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from harness.check.stack import why_not_ready
from harness.check.subject import Subject
from harness.check.verdict import Check, Fault, NotAsked, check
from harness.errors import HarnessError, origin
from harness.isolation import inside
from harness.isolation.protocol import StackError
from harness.labs.crash.plan import why_not
from harness.labs.crash.scenarios import crashes
from harness.measure.stack import wait_ready
from harness.measure.trigger import ACCOUNT_LIMIT_S
from harness.orchestrators.driver import ApiError, RunState
from harness.orchestrators.loading import capabilities

_STATE = "keep the tool's run history in $ORCHBENCH_STATE or in its metadata database"
_OUTSIDE = "start no process outside the tree of `serve`"


@check("ready")
def scheduler(it: Subject) -> Iterator[Fault]:
    """The scheduler program exists."""
    name = it.manifest.scheduler
    if name is None:
        raise NotAsked("the manifest names no separate scheduler")
    try:
        it.stack.running.inside(inside.program, name)
    except StackError as error:
        yield Fault(str(error), "name a [program:…] of supervisord in `scheduler`, because the failure tests kill it")


@dataclass(frozen=True)
class Restart:
    """The state of a stack that was killed and restarted, and of a run that had succeeded before.

    `failure` and `hint` say why it did not become ready. `reported` is the reported state of the run, or `None`,
    and `words` are the last error of the query.
    """

    lived_on: bool
    failure: str = ""
    hint: str = ""
    log: str = ""
    reported: RunState | None = None
    words: str = ""


def kill_and_start(it: Subject) -> Restart:
    """Kill every process of the orchestrator, restart it with its state, and query an earlier run."""
    run, running, folder = it.run_of("noop"), it.stack.running, it.folder
    it.say("restarting after a kill")
    running.kill()
    lived_on = running.alive()
    try:
        wait_ready(it.stack, running.start())
    except StackError as error:
        return Restart(lived_on, str(error), why_not_ready(running, it.manifest), error.log)
    reported, words = None, ""
    deadline = time.monotonic() + ACCOUNT_LIMIT_S
    while reported is None and time.monotonic() < deadline:
        try:
            reported = it.driver.status(run).state
        except httpx.HTTPStatusError as error:
            # The server may reject an unknown run at once, but it has time to start.
            words = origin(error, folder)
            if error.response.is_client_error:
                break
        except (httpx.HTTPError, ApiError, HarnessError, LookupError) as error:
            words = origin(error, folder)
        time.sleep(0.25)
    return Restart(lived_on, reported=reported, words=words)


@check("ready", "noop")
def restart(it: Subject) -> Iterator[Fault]:
    """It serves again after it is killed."""
    after = it.once(kill_and_start)
    if after.lived_on:
        yield Fault("it is still alive after SIGKILL to all processes", _OUTSIDE)
    if after.failure:
        hint = f"{after.hint}. `serve` has to remove stale pid and lock files in $ORCHBENCH_STATE"
        yield Fault(f"after a kill and a restart: {after.failure}", hint, after.log)


@check("restart")
def remembers(it: Subject) -> Iterator[Fault]:
    """It remembers its runs after a restart.

    Only a server must do this. A library in a small server may keep nothing.
    """
    after = it.once(kill_and_start)
    if after.reported == RunState.SUCCESS:
        return
    if after.reported is None and (it.manifest.mode != "server" or it.manifest.baseline):
        raise NotAsked("it keeps no run history, which only servers must do")
    state = f"is reported as {after.reported}" if after.reported else f"is unknown ({after.words})"
    yield Fault(f"after a restart, a run that had succeeded {state}", _STATE)


def crash(name: str) -> Check[Subject]:
    """Return the check that a crash scenario gives a verdict on the tool, whatever it is."""

    def look(it: Subject) -> Iterator[Fault]:
        can = capabilities([it.manifest])[it.manifest.name]
        if reason := why_not(it.contender, it.context.isolation.kind, crashes()[name], can):
            raise NotAsked(reason.reason)
        record = it.crash(name)
        if record.outcome != "valid":
            what = f"the crash scenario `{name}` gave no verdict: {record.reason}"
            hint = "do the steps run in processes that `serve` started, and does the driver report each run's end?"
            yield Fault(what, hint, "\n".join(record.log))

    return Check(name, f"the crash scenario `{name}` gives a verdict", look, ("restart",))


@check("ready")
def stop(it: Subject) -> Iterator[Fault]:
    """It stops when asked to."""
    running, limit_s = it.stack.running, it.stack.stop_limit_s
    began_s = time.monotonic()
    running.stop(limit_s)
    if (took_s := time.monotonic() - began_s) >= limit_s:
        hint = "stop at SIGTERM: exec supervisord, stopasgroup = true, stopwaitsecs = $ORCHBENCH_STOP_GRACE_S"
        yield Fault(f"it did not stop within {took_s:.0f} s after SIGTERM and was killed", hint, running.log())
    if running.alive():
        yield Fault("it is still alive after it was stopped", _OUTSIDE)


@check("ready")
def clean_up(it: Subject) -> Iterator[Fault]:
    """It leaves nothing behind."""
    confinement = it.confinement
    it.say("taking the stack down")
    it.close()
    for what in confinement.left():
        yield Fault(f"{what} is left after the stack was taken down", "check its labels, and what `serve` starts")
