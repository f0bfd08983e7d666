"""The crash scenarios of a current plan. Their expected outcomes were written before they were measured."""

from functools import cache

from harness.experiment.crash import GUARDED, Crash, StepFault


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
