"""The run after a crash: whether it is taken, and how it ends."""

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from harness.errors import HarnessError
from harness.measure.stack import Stack, wait_ready
from harness.measure.trigger import Answers, Asked, send_trigger
from harness.measure.watch import Watch
from harness.orchestrators.answers import runs_of, told_of
from harness.orchestrators.driver import RunState

_POLL_S = 0.2
_PAUSE_S = 1.0
"""How long is waited until a trigger that was not taken is sent again."""


@dataclass(frozen=True)
class NextRun:
    """What became of it: its final state and its seconds since it was first sent, `None` for what did not come.

    Of its triggers `refusals` were not taken, the last of them with the answer `refused`.
    """

    state: RunState | None = None
    seconds: float | None = None
    refusals: int = 0
    refused: str = ""


def run_next(stack: Stack, work: Asked, name: str) -> NextRun:
    """Run once more what is asked, with nothing in its way; it has as long as any trial of the tool.

    A tool that is still restarting what died is waited for, and asked again, as a user would. Raises `DriverTripped`
    where no answer came because of the driver.
    """
    # One that does not get ready takes no run, and that is its answer below.
    with suppress(HarnessError):
        wait_ready(stack, time.monotonic_ns())
    sent = time.monotonic()
    run, refusals, refused = None, 0, ""
    answers = Answers(stack.manifest.folder)
    while time.monotonic() - sent < stack.limit_s:
        if run is None:
            run = answers.of("trigger", lambda: send_trigger(stack, work, f"{name}-next", Watch()))
            if run is None:
                refusals, refused = refusals + 1, answers.why
                # One may have been started that was not answered so.
                known = answers.of("runs", lambda: runs_of(stack.driver, work.workload, f"{name}-next"))
                run = next(iter(known or ()), None)
        elif (told := answers.of("state", partial(told_of, stack.driver, run))) and told.state.final:
            return NextRun(told.state, time.monotonic() - sent, refusals, refused)
        time.sleep(_POLL_S if run else _PAUSE_S)
    answers.demand_a_sound_driver()
    return NextRun(refusals=refusals, refused=refused)
