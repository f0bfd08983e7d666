"""The process that a step runs in."""

from dataclasses import replace

import pytest
from stamps import CLEAN

from harness.experiment.timeline import Event
from harness.experiment.traits import step_process


def under(*pids: int) -> list[Event]:
    """Return the events of a run whose steps ran in these processes."""
    ends = iter(pids * 3 if len(pids) == 1 else pids)
    own = {step: next(ends) for step in ("load", "transform", "export")}
    return [replace(event, pid=own[event.step]) for event in CLEAN]


@pytest.mark.parametrize(
    ("trials", "home"),
    [
        ([], None),
        ([[]], None),
        ([under(1, 2, 3), under(4, 5, 6)], "step"),
        ([under(1, 2, 3)], "step"),
        ([under(1, 2, 3), under(2, 3, 1)], "workers"),
        ([under(1, 2, 1), under(3, 2, 3)], "workers"),
        ([under(1), under(2)], "run"),
        ([under(1)], "run"),
        ([under(1), under(1)], "runs"),
        ([under(1), under(1), under(2)], "runs"),
    ],
)
def test_it_follows_from_the_processes_of_several_trials(trials: list[list[Event]], home: str | None) -> None:
    assert step_process(trials) == home
