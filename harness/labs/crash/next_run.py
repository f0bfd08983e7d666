"""Starts a run after a crash and returns how it ends."""

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from harness.errors import HarnessError
from harness.measure.stack import Stack, wait_ready
from harness.measure.trigger import Answers, Asked, RunObservation, send_trigger
from harness.orchestrators.driver import RunState

_POLL_S = 0.2
_PAUSE_S = 1.0
"""The pause before a rejected trigger is sent again."""


@dataclass(frozen=True)
class NextRun:
    """The result: the final state and the seconds since the first trigger, or `None`.

    `refusals` counts rejected triggers, and `refused` is the last response.
    """

    state: RunState | None = None
    seconds: float | None = None
    refusals: int = 0
    refused: str = ""


def run_next(stack: Stack, work: Asked, name: str) -> NextRun:
    """Run a workload again without a fault, with the time limit of any trial of the tool.

    If the tool is still restarting, this waits and retries, as a user would. Raises `DriverTripped` if there is no
    response because of the driver.
    """
    # A stack that does not become ready rejects the run below.
    with suppress(HarnessError):
        wait_ready(stack, time.monotonic_ns())
    sent = time.monotonic()
    run, refusals, refused = None, 0, ""
    answers = Answers(stack.contender.manifest.folder)
    while time.monotonic() - sent < stack.contender.trial_limit_s:
        if run is None:
            run = answers.of("trigger", lambda: send_trigger(stack, work, f"{name}-next", RunObservation()))
            if run is None:
                refusals, refused = refusals + 1, answers.why
                # A run may have started without a response.
                known = answers.of("runs", lambda: stack.driver.runs(work.workload, f"{name}-next"))
                run = next(iter(known or ()), None)
        elif (told := answers.of("state", partial(stack.driver.status, run))) and told.state.final:
            return NextRun(told.state, time.monotonic() - sent, refusals, refused)
        time.sleep(_POLL_S if run else _PAUSE_S)
    answers.demand_a_sound_driver()
    return NextRun(refusals=refusals, refused=refused)
