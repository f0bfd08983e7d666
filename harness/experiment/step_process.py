"""Where a step's process comes from: a pure function of trials' events."""

from collections.abc import Iterable, Sequence
from typing import Literal

from harness.experiment.timeline import Event

Home = Literal["step", "run", "runs"]
"""A process for each step, one for all steps of a run, or one for several runs."""


def step_process(trials: Iterable[Sequence[Event]]) -> Home | None:
    """Return which process the steps of these trials ran in; `None` where no trial tells.

    One trial alone cannot tell a run's process from one of several runs: it counts as the run's. Processes are told
    apart by host and id, as the probe saw them.
    """
    of_trials = [{(event.host, event.pid) for event in events} for events in trials if events]
    if not of_trials:
        return None
    if any(len(processes) > 1 for processes in of_trials):
        return "step"
    return "runs" if len(set().union(*of_trials)) < len(of_trials) else "run"
