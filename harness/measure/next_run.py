"""The run after a crash: whether it is taken, and how it ends."""

import time
from contextlib import suppress
from dataclasses import dataclass

from harness.errors import HarnessError, origin
from harness.measure.stack import Stack, wait_ready
from harness.measure.trigger import Asked, send_trigger, state_if_told
from harness.measure.watch import Watch
from harness.orchestrators.answers import runs_of
from harness.orchestrators.driver import Driver, RunState

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

    A tool that is still restarting what died is waited for, and asked again, as a user would.
    """
    # One that does not get ready takes no run, and that is its answer below.
    with suppress(HarnessError):
        wait_ready(stack, time.monotonic_ns())
    sent = time.monotonic()
    run, refusals, refused = None, 0, ""
    while time.monotonic() - sent < stack.limit_s:
        if run is None:
            try:
                run = send_trigger(stack, work, f"{name}-next", Watch())
            except Exception as error:
                refusals, refused = refusals + 1, origin(error, stack.manifest.folder)
                run = _started(stack.driver, work.workload, f"{name}-next")
        elif (state := state_if_told(stack.driver, run)) and state.final:
            return NextRun(state, time.monotonic() - sent, refusals, refused)
        time.sleep(_POLL_S if run else _PAUSE_S)
    return NextRun(refusals=refusals, refused=refused)


def _started(driver: Driver, workload: str, trial: str) -> str | None:
    """Return a run that a trigger started though it was not answered so; `None` where none is known of."""
    try:
        return next(iter(runs_of(driver, workload, trial) or ()), None)
    except Exception:
        return None
