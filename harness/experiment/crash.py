"""Crash scenarios: a fault during a run, and the outcome that a user expects. Only values.

A plan keeps its crash scenarios in full, like the others. Expectations were written before they were measured.
"""

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from harness.experiment.bounded import Count, Figure, Wait
from harness.experiment.scenario import A_MONTH

CrashVerdict = Literal[
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
"""The verdict on a run. Each of the first six is the expected outcome of some scenario.

`recovered`: success reported, data correct and delivered once. `failed`: failure reported, nothing delivered.
`stopped`: a cancelled run whose step has ended without output. `once`: triggered twice, data delivered once.
`calm`: a slow run that the tool did not declare dead. `freed`: the next run got this run's slot.
`false success`: success reported, but the data are wrong, missing or duplicated. `false failure`: failure reported, but
the data are correct. `damaged`: failure reported, and incorrect data left. `stuck`: no final state. `ran on`:
cancelled, but the step continued or the run succeeded. `twice`: triggered twice, data delivered twice. `false alarm`: a
slow run that the tool declared dead. `held`: the next run did not get this run's slot.
"""

GUARDED = "guarded"
"""The workload of scenarios about a tool's own limits: the `etl` with 10 s per step and one run at a time."""
PATIENCE_S = 120.0
"""The default time to wait for a tool after the last fault."""

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
"""The action of the harness. With `nothing`, only the fault inside the step happens."""

Moment = Literal["fault", "accepted", "claimed"]
"""The time of the act: at the step's first fault, when the trigger is accepted, or when the run is reported running."""


class StepFault(BaseModel):
    """A fault that the probe injects into a step's first attempts, at one point. See `reference.probe`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: str
    kind: Literal["exit", "hang", "hold", "compute", "allocate"]
    at: str = "started"
    attempts: Count = 1
    seconds: Wait = 0.0


class Crash(BaseModel):
    """A crash scenario: a run of a workload, a fault inside a step, an act from outside, and the expected outcome.

    The act starts at `moment`, lasts `lasts_s` seconds and is undone. It happens `times` times, starting every
    `every_s` seconds. If `lasts_s` is `None`, the profile's heartbeat limit decides. `only` names the isolation or the
    kind of profile that the scenario needs. `state_bytes` is the size of the disk for the stack's state, or `None` for
    the host's disk.
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
    wanted: CrashVerdict = "recovered"
    state_bytes: Figure | None = None

    @property
    def undone_s(self) -> float:
        """The planned time from the start of the act until it is undone for the last time."""
        return (self.times - 1) * self.every_s + (self.lasts_s or 0.0)


class NotTried(BaseModel):
    """Why a scenario does not apply to a system, and a page that documents it, if there is one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str
    docs: str | None = None


def _held(seconds: float, step: str = "transform", at: str = "started") -> tuple[StepFault, ...]:
    """Hold a step's first attempt, so that the act happens in the middle of it."""
    return (StepFault(step=step, kind="hold", at=at, seconds=seconds),)


def _exits(step: str, at: str) -> tuple[StepFault, ...]:
    return (StepFault(step=step, kind="exit", at=at),)


@cache
def crashes() -> dict[str, Crash]:
    """Return every crash scenario of a current plan by name, in display order."""
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
