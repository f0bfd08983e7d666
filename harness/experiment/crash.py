"""Crash scenarios: what is made to go wrong during a run, and what a user would want to be left with. Values only.

A plan keeps its crash scenarios in full, like the others. What is expected was written down before it was measured.
"""

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from harness.experiment.figures import Count, Figure, Wait
from harness.experiment.scenario import A_MONTH

Finding = Literal[
    "recovered",
    "failed",
    "stopped",
    "once",
    "calm",
    "freed",
    "false success",
    "false failure",
    "damaged",
    "stuck",
    "ran on",
    "twice",
    "false alarm",
    "held",
]
"""What is left of a run. The first six are what one scenario or another asks for.

`recovered`: told success, and the data are right and went out once. `failed`: told failure, and nothing went out.
`stopped`: a cancelled run whose step is gone and that wrote nothing. `once`: triggered twice, and the data went out
once. `calm`: a slow run that nobody took for a dead one. `freed`: the next run got the slot that this one had.
`false success`: told success, and the data are wrong, missing, or went out twice. `false failure`: told failure, and
the data are right. `damaged`: told failure, and data are there that are not right. `stuck`: no final state. `ran on`:
cancelled, and the step went on or the run succeeded. `twice`: triggered twice, and the data went out twice. `false
alarm`: a slow run that was declared dead. `held`: the next run did not get the slot that this one had.
"""

GUARDED = "guarded"
"""The workload of scenarios about a tool's own limits: the `etl` with 10 s for a step and one run at a time."""
PATIENCE_S = 120.0
"""How long a tool is waited for after the last fault, where nothing else is asked for."""

Act = Literal[
    "nothing",
    "kill the stack",
    "stop the stack",
    "kill the scheduler",
    "pause the step",
    "pause the step and its supervisor",
    "take the warehouse down",
    "take the metadata down",
    "cut off the warehouse",
    "trigger again",
    "cancel",
    "crowd",
    "fill its disk",
]
"""What the harness does. With `nothing`, the fault inside the step is all there is."""

Moment = Literal["fault", "accepted", "claimed"]
"""When: as the step announces its first fault, as the trigger is accepted, or as the run is told to be running."""


class StepFault(BaseModel):
    """A fault inside a step, by the probe: of a kind, at a point of its first attempts; see `reference.probe`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: str
    kind: Literal["exit", "hang", "hold", "compute", "allocate"]
    at: str = "started"
    attempts: Count = 1
    seconds: Wait = 0.0


class Crash(BaseModel):
    """A crash scenario: a run of a workload, a fault inside a step, an act from outside, and what is wanted.

    The act comes at `moment`, lasts `lasts_s` seconds and is undone; it is done `times` in all, `every_s` seconds
    from one beginning to the next. `lasts_s` of `None` is as long as the profile's heartbeats ask for. `only` names
    the isolation or the profile outside of which there is nothing to try. `state_bytes` is the size of the disk that
    the stack keeps its state on, `None` for the host's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    workload: str = "etl"
    month: str = A_MONTH
    faults: tuple[StepFault, ...] = ()
    act: Act = "nothing"
    moment: Moment = "fault"
    lasts_s: Wait | None = 0.0
    times: Count = 1
    every_s: Wait = 0.0
    only: Literal["", "container", "metadata"] = ""
    wanted: Finding = "recovered"
    state_bytes: Figure | None = None

    @property
    def undone_s(self) -> float:
        """How long the act takes from its beginning until it is undone for the last time, as far as it is planned."""
        return (self.times - 1) * self.every_s + (self.lasts_s or 0.0)


class NotTried(BaseModel):
    """Why a scenario is not tried on a system, and the page that shows it, where there is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str
    docs: str | None = None


def _held(seconds: float, step: str = "transform", at: str = "started") -> tuple[StepFault, ...]:
    """Hold a step's first attempt, so that what comes from outside comes in the middle of it."""
    return (StepFault(step=step, kind="hold", at=at, seconds=seconds),)


def _exits(step: str, at: str) -> tuple[StepFault, ...]:
    return (StepFault(step=step, kind="exit", at=at),)


@cache
def crashes() -> dict[str, Crash]:
    """Return every crash scenario that a plan of today holds, by name, in the order in which they are told."""
    return {
        each.name: each
        for each in (
            Crash(name="task-killed", faults=_exits("transform", "computed")),
            Crash(name="export-killed", faults=_exits("export", "copied")),
            Crash(name="after-commit", faults=_exits("export", "committed")),
            Crash(name="stack-killed", faults=_held(20), act="kill the stack", lasts_s=5),
            Crash(name="redeployed", faults=_held(20), act="stop the stack", lasts_s=5),
            Crash(name="scheduler-killed", faults=_held(20), act="kill the scheduler"),
            Crash(name="queued-killed", act="kill the stack", moment="accepted", lasts_s=5),
            Crash(name="claimed-killed", act="kill the stack", moment="claimed", lasts_s=5),
            Crash(name="paused", faults=_held(2), act="pause the step", lasts_s=None),
            Crash(name="paused-both", faults=_held(2), act="pause the step and its supervisor", lasts_s=None),
            Crash(name="hang", workload=GUARDED, faults=(StepFault(step="transform", kind="hang"),)),
            Crash(
                name="slot-killed",
                workload=GUARDED,
                faults=_held(8),
                act="kill the stack",
                lasts_s=5,
                wanted="freed",
            ),
            Crash(name="warehouse-down", faults=_held(4, "export", "copied"), act="take the warehouse down", lasts_s=3),
            Crash(
                name="warehouse-gone",
                faults=_held(4, "export", "copied"),
                act="take the warehouse down",
                lasts_s=30,
                wanted="failed",
            ),
            Crash(name="metadata-down", faults=_held(15), act="take the metadata down", lasts_s=10, only="metadata"),
            Crash(
                name="metadata-flaps",
                faults=_held(65),
                act="take the metadata down",
                lasts_s=1,
                times=12,
                every_s=5,
                only="metadata",
            ),
            Crash(
                name="cut-off",
                faults=_held(4, "export", "copied"),
                act="cut off the warehouse",
                lasts_s=5,
                only="container",
            ),
            Crash(
                name="out-of-memory",
                faults=(StepFault(step="transform", kind="allocate"),),
                only="container",
            ),
            Crash(
                name="disk-full",
                faults=_held(2),
                act="fill its disk",
                lasts_s=3,
                only="container",
                state_bytes=512 * 1024**2,
            ),
            Crash(name="double-trigger", act="trigger again", moment="accepted", wanted="once"),
            Crash(name="cancelled", faults=_held(20), act="cancel", wanted="stopped"),
            Crash(
                name="starved",
                faults=(StepFault(step="transform", kind="compute", seconds=90),),
                act="crowd",
                lasts_s=90,
                wanted="calm",
            ),
        )
    }
