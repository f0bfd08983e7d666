"""Crash scenarios: a fault during a run, and the outcome that a user expects. Only values.

A plan keeps its crash scenarios in full, like the others. Expectations were written before they were measured.
"""

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
