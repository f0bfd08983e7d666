"""The acts of crash scenarios on a stack, each as timed steps.

A step returns what it did, with a proof for the record. It raises `StackError` if it cannot be done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from harness.experiment.crash import Act, Crash
from harness.experiment.timeline import Event
from harness.isolation import inside
from harness.isolation.protocol import Database, StackError
from harness.measure.stack import Stack
from harness.orchestrators.answers import cancel_run

PAUSE_S = 30.0
"""How long a step is frozen if its tool documents no heartbeat limit."""
LONGEST_PAUSE_S = 120.0
_BEYOND = 1.25
"""How much longer than a heartbeat limit a pause lasts, because heartbeats come in intervals."""
_BUSY = 16


@dataclass(frozen=True)
class TimedAction:
    """One action, with its delay after the start of the act."""

    at_s: float
    do: Callable[[], str]


@dataclass(frozen=True)
class Target:
    """The target of an act: a stack, its run, the running step (`None` before any), and how to trigger again."""

    stack: Stack
    run: str
    at_work: Event | None
    trigger: Callable[[], str]


def pause_s(stack: Stack) -> float:
    """Return how long a step must be silent until its tool misses it, up to a maximum."""
    limit_s = stack.contender.settings.silence_limit_s
    return PAUSE_S if limit_s is None else min(LONGEST_PAUSE_S, limit_s * _BEYOND)


def schedule(crash: Crash, victim: Target) -> list[TimedAction]:
    """Return the actions in the order in which they are due."""
    lasts_s = pause_s(victim.stack) if crash.lasts_s is None else crash.lasts_s
    do, undo = _ACTS[crash.act](victim, lasts_s)
    due = []
    for number in range(crash.times):
        begin_s = number * crash.every_s
        if do:
            due.append(TimedAction(begin_s, do))
        if undo:
            due.append(TimedAction(begin_s + lasts_s, undo))
    return due


Pair = tuple[Callable[[], str] | None, Callable[[], str] | None]
"""An act and its reversal."""


def _nothing(_victim: Target, _lasts_s: float) -> Pair:
    return None, None


def _kill(victim: Target, _lasts_s: float) -> Pair:
    return partial(_end, victim, victim.stack.running.kill, "SIGKILL to all processes"), _start(victim)


def _stop(victim: Target, _lasts_s: float) -> Pair:
    grace_s = victim.stack.contender.manifest.stop_grace_s
    stop = partial(victim.stack.running.stop, victim.stack.stop_limit_s)
    return partial(_end, victim, stop, f"SIGTERM with a grace period of {grace_s:g} s"), _start(victim)


def _end(victim: Target, end: Callable[[], None], how: str) -> str:
    end()
    if victim.stack.running.alive():
        raise StackError("the stack is still alive after it was ended", log=victim.stack.running.log())
    return f"{how}: no process is left"


def _start(victim: Target) -> Callable[[], str]:
    return _telling(victim.stack.running.start, "restarted")


def _kill_scheduler(victim: Target, _lasts_s: float) -> Pair:
    def kill() -> str:
        name = str(victim.stack.contender.manifest.scheduler)
        pid = victim.stack.running.inside(inside.program, name)
        return f"SIGKILL to {name}: {_signalled(victim, 'SIGKILL', pid)}"

    return kill, None


def _pause(victim: Target, lasts_s: float, *, supervisor: bool = False) -> Pair:
    running = victim.stack.running
    paused: list[int] = []

    def pause() -> str:
        assert victim.at_work is not None, "the moment is a fault's"
        pid = victim.at_work.pid
        paused[:] = [pid, running.inside(inside.parent, pid)] if supervisor else [pid]
        _signalled(victim, "SIGSTOP", *paused)
        states = {state for _, state in running.inside(inside.living, paused).values()}
        if states != {"T"}:
            seen = ", ".join(sorted(states)) or "it is gone"
            raise StackError(f"SIGSTOP did not stop the step: {seen}", log=running.log())
        return f"SIGSTOP to pid {' and '.join(map(str, paused))} for {lasts_s:g} s"

    def resume() -> str:
        # The tool may have killed the step meanwhile.
        reached = running.inside(inside.send, "SIGCONT", paused)
        return f"SIGCONT: {len(reached)} of {len(paused)} processes were still there"

    return pause, resume


def _signalled(victim: Target, name: str, *pids: int) -> str:
    reached = victim.stack.running.inside(inside.send, name, [*pids])
    if len(reached) != len(pids):
        raise StackError(f"{name} reached {len(reached)} of {len(pids)} processes", log=victim.stack.running.log())
    return f"pid {', '.join(map(str, pids))}"


def _take_down(database: Database, victim: Target, _lasts_s: float) -> Pair:
    running = victim.stack.running
    return (
        _telling(partial(running.take_down, database), f"{database} database shut down"),
        _telling(partial(running.bring_up, database), f"{database} database restarted"),
    )


def _cut_off(victim: Target, _lasts_s: float) -> Pair:
    running = victim.stack.running
    return (
        _telling(running.cut_off, "warehouse database disconnected from the network"),
        _telling(running.reconnect, "warehouse database reconnected"),
    )


def _trigger_again(victim: Target, _lasts_s: float) -> Pair:
    return lambda: f"triggered again as {victim.trigger()}", None


def _cancel(victim: Target, _lasts_s: float) -> Pair:
    return _telling(lambda: cancel_run(victim.stack.driver, victim.run), "the API accepted the cancellation"), None


def _telling(do: Callable[[], object], words: str) -> Callable[[], str]:
    """Return an act that runs a function and is described in these words."""

    def act() -> str:
        do()
        return words

    return act


def _crowd(victim: Target, lasts_s: float) -> Pair:
    return lambda: f"{len(victim.stack.running.inside(inside.busy, _BUSY, lasts_s))} busy processes", None


def _fill(victim: Target, _lasts_s: float) -> Pair:
    running = victim.stack.running
    return (
        lambda: f"disk filled ({running.inside(inside.fill) >> 20} MiB were free)",
        lambda: f"disk has {running.inside(inside.free) >> 20} MiB free again",
    )


_ACTS: Mapping[Act, Callable[[Target, float], Pair]] = {
    "nothing": _nothing,
    "kill the stack": _kill,
    "stop the stack": _stop,
    "kill the scheduler": _kill_scheduler,
    "pause the step": _pause,
    "pause the step and its supervisor": partial(_pause, supervisor=True),
    "take the warehouse down": partial(_take_down, "warehouse"),
    "take the metadata down": partial(_take_down, "metadata"),
    "cut off the warehouse": _cut_off,
    "trigger again": _trigger_again,
    "cancel": _cancel,
    "crowd": _crowd,
    "fill its disk": _fill,
}
