"""A second run over the output of the first, with a harmless fault at every injection point."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.check.subject import Subject
from harness.check.verdict import Fault, check
from harness.experiment.golden import Output
from harness.experiment.timeline import STEPS, Event
from harness.isolation.protocol import StackError
from harness.labs.crash.observer import is_alive
from harness.measure import warehouse
from harness.measure.event_file import read_events
from harness.measure.golden_file import scenarios
from harness.measure.run_end import STATE_POLL_S
from harness.measure.stack import Stack
from harness.measure.trigger import POLL_FAILED, RunObservation, send_trigger
from harness.orchestrators.driver import RunState

_TRIAL = "check-second-run"
_HELD_S = 2.0
"""How long a step is held, so that its process can be found."""
_POINTS = (
    *((step, "started") for step in STEPS),
    ("transform", "computed"),
    ("export", "copied"),
    ("export", "committed"),
)
"""The points of each step at which faults can be injected, as the probe names them."""


@dataclass(frozen=True)
class SecondRun:
    """The output before and after a second run of one month, and observations meanwhile.

    `state` is its final state, or `None`. `delivered` is how often its data were delivered. `alive` says whether the
    process of a running step was found among the stack's.
    """

    state: RunState | None
    before: Output
    after: Output
    delivered: int
    events: list[Event] = field(default_factory=list)
    alive: bool = False


def _run_again(it: Subject) -> SecondRun:
    """Run one month again over the output of `retry`, which must be the last of the trials so far.

    Raises what `send_trigger` and the warehouse raise.
    """
    it.say("running one month again")
    stack, running, scenario = it.stack, it.stack.running, scenarios()["retry"]
    before = warehouse.verify(running.warehouse.own_url, running.exchange.output, scenario.month)
    if before.difference:
        raise StackError(f"there is no valid output to run over: {before.difference}", log=running.log())
    running.exchange.clear()
    running.exchange.set_faults([_harmless(step, point) for step, point in _POINTS])
    watch, state, alive = RunObservation(), None, False
    run = send_trigger(stack, scenario, _TRIAL, watch)
    deadline = time.monotonic() + stack.contender.trial_limit_s
    asked_s = 0.0
    while time.monotonic() < deadline and state is None:
        events = read_events(running.exchange.events, _TRIAL)
        held = next((each for each in events if (each.event, each.step) == ("fault", "transform")), None)
        if held and not alive and not any(each.event == "ended" for each in events if each.step == "transform"):
            alive = is_alive(running, held)
        if time.monotonic() - asked_s >= STATE_POLL_S:
            asked_s = time.monotonic()
            state = _final(stack, run)
        time.sleep(0.1)
    running.exchange.set_faults([])
    if state is None:
        it.hung = "second-run"
    return SecondRun(
        state=state,
        before=before,
        after=warehouse.verify(running.warehouse.own_url, running.exchange.output, scenario.month),
        delivered=warehouse.delivered(running.warehouse.own_url, _TRIAL),
        events=read_events(running.exchange.events, _TRIAL),
        alive=alive,
    )


@check("month")
def second_run(it: Subject) -> Iterator[Fault]:
    """A second run changes nothing."""
    second = it.once(_run_again)
    if second.state != RunState.SUCCESS:
        told = second.state or "not finished within its time limit"
        yield Fault(f"a second run of the same month is {told}", "a run must not depend on what another run left")
        return
    if second.delivered != 1:
        hint = "switch off everything that skips a step with the same parameters: caches, existing targets, unique keys"
        yield Fault(f"the second run of a month exported {second.delivered} times instead of once", hint)
    after, before = ({**each.tables, **each.files} for each in (second.after, second.before))
    for name in sorted({*after, *before} - {warehouse.LEDGER}):
        if after.get(name) != before.get(name):
            rows = [each[name].rows if name in each else "no" for each in (before, after)]
            what = f"a second run changed {name}: {rows[0]} rows before, {rows[1]} after"
            yield Fault(what, "call reference.steps.export unchanged: it replaces its month")


@check("second-run")
def fault_points(it: Subject) -> Iterator[Fault]:
    """Injected faults reach every step."""
    second = it.once(_run_again)
    reached = {(event.step, event.at) for event in second.events if event.event == "fault"}
    for step, point in _POINTS:
        if (step, point) not in reached:
            hint = f"call reference.steps.{step} unchanged, with $ORCHBENCH_FAULTS in the step's environment"
            yield Fault(f"{step} does not reach the point `{point}`", hint)
    if ("transform", "started") in reached and not second.alive:
        hint = "run the steps in processes that `serve` started inside the stack"
        yield Fault("the process of a running step is not among the stack's processes", hint)


def _harmless(step: str, point: str) -> dict[str, object]:
    """Return a fault that only shows that its point was reached. One of them holds the step."""
    seconds = _HELD_S if (step, point) == ("transform", "started") else 0.0
    return {"trial": _TRIAL, "step": step, "kind": "hold", "at": point, "attempts": 1, "seconds": seconds}


def _final(stack: Stack, run: str) -> RunState | None:
    try:
        state = stack.driver.status(run).state
    except POLL_FAILED:
        return None
    return state if state.final else None
