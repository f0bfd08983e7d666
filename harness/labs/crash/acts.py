"""The acts of crash scenarios on a stack, each as timed actions.

An action returns what it did, with a proof for the record. It raises `StackError` if it cannot be done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from harness.experiment.crash import Act, Crash
from harness.experiment.timeline import Event
from harness.isolation import inside
from harness.isolation.protocol import Database, StackError
from harness.measure.stack import Stack

PAUSE_S = 30.0
"""How long a step is frozen if its tool documents no heartbeat limit."""
LONGEST_PAUSE_S = 120.0
_BEYOND = 1.25
"""How much longer than a heartbeat limit a pause lasts, because heartbeats come in intervals."""
_BUSY = 16

Do = Callable[[], str]


@dataclass(frozen=True)
class TimedAction:
    """One action, with its delay after the start of the act."""

    at_s: float
    do: Do


@dataclass(frozen=True)
class Target:
    """The target of an act: a stack, its run, the running step (`None` before any), and how to trigger again."""

    stack: Stack
    run: str
    at_work: Event | None
    trigger: Do


def pause_s(stack: Stack) -> float:
    """Return how long a step must be silent until its tool misses it, up to a maximum."""
    limit_s = stack.contender.settings.silence_limit_s
    return PAUSE_S if limit_s is None else min(LONGEST_PAUSE_S, limit_s * _BEYOND)


def schedule(crash: Crash, target: Target) -> list[TimedAction]:
    """Return the actions in the order in which they are due."""
    lasts_s = pause_s(target.stack) if crash.lasts_s is None else crash.lasts_s
    do, undo = _act(crash.act, target, lasts_s)
    due = []
    for begin_s in (number * crash.every_s for number in range(crash.times)):
        due += [TimedAction(begin_s, do)] if do else []
        due += [TimedAction(begin_s + lasts_s, undo)] if undo else []
    return due


def _act(act: Act, target: Target, lasts_s: float) -> tuple[Do | None, Do | None]:
    """Return an act and its reversal."""
    stack, running = target.stack, target.stack.running
    match act:
        case "nothing":
            return None, None
        case "kill the stack":
            return partial(_end, stack, running.kill, "SIGKILL to all processes"), _saying(running.start, "restarted")
        case "stop the stack":
            stop = partial(running.stop, stack.stop_limit_s)
            how = f"SIGTERM with a grace period of {stack.contender.manifest.stop_grace_s:g} s"
            return partial(_end, stack, stop, how), _saying(running.start, "restarted")
        case "kill the scheduler":
            name = str(stack.contender.manifest.scheduler)
            return (
                lambda: f"SIGKILL to {name}: {_signal(stack, 'SIGKILL', running.inside(inside.program, name))}"
            ), None
        case "pause the step" | "pause the step and its supervisor":
            return _pause(target, lasts_s, supervisor=act == "pause the step and its supervisor")
        case "take the warehouse down" | "take the metadata down":
            database: Database = "warehouse" if act == "take the warehouse down" else "metadata"
            return (
                _saying(partial(running.take_down, database), f"{database} database shut down"),
                _saying(partial(running.bring_up, database), f"{database} database restarted"),
            )
        case "cut off the warehouse":
            return (
                _saying(running.cut_off, "warehouse database disconnected from the network"),
                _saying(running.reconnect, "warehouse database reconnected"),
            )
        case "trigger again":
            return lambda: f"triggered again as {target.trigger()}", None
        case "cancel":
            return _saying(partial(stack.driver.cancel, target.run), "the API accepted the cancellation"), None
        case "crowd":
            return lambda: f"{len(running.inside(inside.busy, _BUSY, lasts_s))} busy processes", None
        case "fill its disk":
            return (
                lambda: f"disk filled ({running.inside(inside.fill) >> 20} MiB were free)",
                lambda: f"disk has {running.inside(inside.free) >> 20} MiB free again",
            )


def _saying(do: Callable[[], object], words: str) -> Do:
    """Return an action that calls a function and is described in these words."""

    def action() -> str:
        do()
        return words

    return action


def _end(stack: Stack, end: Callable[[], None], how: str) -> str:
    end()
    if stack.running.alive():
        raise StackError("the stack is still alive after it was ended", log=stack.running.log())
    return f"{how}: no process is left"


def _pause(target: Target, lasts_s: float, *, supervisor: bool) -> tuple[Do, Do]:
    running = target.stack.running
    paused: list[int] = []

    def pause() -> str:
        assert target.at_work is not None, "the moment is a fault's"
        pid = target.at_work.pid
        paused[:] = [pid, running.inside(inside.parent, pid)] if supervisor else [pid]
        _signal(target.stack, "SIGSTOP", *paused)
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


def _signal(stack: Stack, name: str, *pids: int) -> str:
    reached = stack.running.inside(inside.send, name, [*pids])
    if len(reached) != len(pids):
        raise StackError(f"{name} reached {len(reached)} of {len(pids)} processes", log=stack.running.log())
    return f"pid {', '.join(map(str, pids))}"
