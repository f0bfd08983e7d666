"""Where a step's process comes from: a pure function of trials' events."""

from collections.abc import Iterable, Sequence
from typing import Literal

from harness.experiment.timeline import Event

Home = Literal["step", "run", "workers", "runs"]
"""A process for each step, one for a run, one of several workers that outlive runs, or one for several runs."""


def step_process(trials: Iterable[Sequence[Event]]) -> Home | None:
    """Return which process the steps of these trials ran in; `None` where no trial tells.

    One trial alone cannot tell a run's process from one of several runs, nor a step's from a worker's: it counts as the
    run's, or the step's. Processes are told apart by host and id, as the probe saw them.
    """
    of_trials = [{(event.host, event.pid) for event in events} for events in trials if events]
    if not of_trials:
        return None
    outlives = len(set().union(*of_trials)) < sum(map(len, of_trials))
    if any(len(processes) > 1 for processes in of_trials):
        return "workers" if outlives else "step"
    return "runs" if outlives else "run"
