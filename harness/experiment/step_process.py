"""Derives which process a step runs in from trials' events. A pure function."""

from collections.abc import Iterable, Sequence
from typing import Literal

from harness.experiment.timeline import Event

Home = Literal["step", "run", "workers", "runs"]
"""One process per step, one per run, several workers that outlive runs, or one process for several runs."""


def step_process(trials: Iterable[Sequence[Event]]) -> Home | None:
    """Return which process the steps of these trials ran in, or `None` without events.

    A single trial cannot distinguish a run's process from a process for several runs, nor a step's process from a
    worker. It then counts as the run's or the step's. Processes are identified by host and id, as the probe saw them.
    """
    of_trials = [{(event.host, event.pid) for event in events} for events in trials if events]
    if not of_trials:
        return None
    outlives = len(set().union(*of_trials)) < sum(map(len, of_trials))
    if any(len(processes) > 1 for processes in of_trials):
        return "workers" if outlives else "step"
    return "runs" if outlives else "run"
