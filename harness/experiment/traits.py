"""Traits of a tool that follow from its trials' events: waiting, retry delays, and the processes of steps.

Pure functions.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import quantiles
from typing import Literal

from harness.experiment.timeline import STEPS, Event, bodies, retry_delays_s

QUIET_CORES = 0.1
"""A stack that uses less CPU than this in a window is waiting."""

CpuSample = tuple[int, float]
"""The time of a reading (monotonic nanoseconds), and the stack's CPU time since its start in seconds."""


def waiting_share(readings: Sequence[CpuSample], events: Sequence[Event]) -> float | None:
    """Return the share of waiting in a trial's overhead, from 0 to 1, or `None` without a usable window.

    A window lies between two readings. A window that touches a step's body contains step time, so it is left out. Its
    overhead is assumed to be like that of the other windows.
    """
    spans = [(start.monotonic_ns, end.monotonic_ns) for start, end in bodies(events)]
    waiting_ns = known_ns = 0
    for (begun_ns, before_s), (ended_ns, after_s) in pairwise(readings):
        if ended_ns <= begun_ns or any(begun_ns < end_ns and start_ns < ended_ns for start_ns, end_ns in spans):
            continue
        known_ns += ended_ns - begun_ns
        if (after_s - before_s) * 1e9 < QUIET_CORES * (ended_ns - begun_ns):
            waiting_ns += ended_ns - begun_ns
    return waiting_ns / known_ns if known_ns else None


RetryRule = Literal["constant", "changing"]

LEAST_CHANGE_S = 0.5
"""How far apart all first and all second delays must be if the delay changes. A backoff of 1 s and 2 s gives 1.0.

Medians are not enough. A scheduler with a loop of 1 s delays first retries by 1 to 2 s, because a first failure comes
at any time. It delays second retries by 2 s, because a second failure comes right after a loop.
"""


def retry_rule(trials: Iterable[Sequence[Event]], period_s: float) -> RetryRule | None:
    """Return whether second delays of steps differ from first delays, over all trials. `None` without any delay.

    A tool that looks for due retries every `period_s` seconds can extend any delay by that much.
    """
    waits = [retry_delays_s(events, step) for events in trials for step in STEPS]
    first, second = [each[0] for each in waits if each], [each[1] for each in waits if len(each) > 1]
    if not (first and second):
        return None
    (first_low, first_high), (second_low, second_high) = _range(first), _range(second)
    apart_s = max(second_low - first_high, first_low - second_high)
    return "changing" if apart_s > LEAST_CHANGE_S + period_s else "constant"


def _range(waits: Sequence[float]) -> tuple[float, float]:
    """Return the range of delays without the lowest and highest tenth, which a busy machine can cause."""
    if len(waits) == 1:
        return waits[0], waits[0]
    tenths = quantiles(waits, n=10, method="inclusive")
    return tenths[0], tenths[-1]


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
