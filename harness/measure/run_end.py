"""Waits for a run's end: reads its events, polls its orchestrator, and reads meters meanwhile."""

import time
from collections.abc import Sequence
from pathlib import Path

from harness.experiment.scenario import Scenario
from harness.experiment.timeline import Event
from harness.isolation.exchange import Exchange
from harness.measure.event_file import EventsError, events_size, read_all_events
from harness.measure.meters import Sampler
from harness.measure.presence import Presence
from harness.measure.stack import Stack
from harness.measure.trigger import FINISH_POLL_S, POLL_FAILED, RunObservation
from harness.orchestrators.bounded import BoundedDriver

EVENT_POLL_S = 0.02
"""Polling interval of the event file's size, so that the last step's end is noticed at once."""
STATE_POLL_S = 1.0
"""Polling interval of the API while steps run. It is long, so that polls do not slow the measured run."""
LATE_POLL_S = 0.1
"""Polling interval if the end takes longer than `LATE_S`. 50 polls a second can cost a quarter of a core."""
LATE_S = 1.5


def finish_poll_s(since_last_step_s: float) -> float:
    """Return the polling interval at a time after the last step's end."""
    return FINISH_POLL_S if since_last_step_s < LATE_S else LATE_POLL_S


def wait_for_end(
    stack: Stack,
    run: str,
    trial: str,
    scenario: Scenario,
    watch: RunObservation,
    sampler: Sampler,
    presence: Presence,
) -> None:
    """Poll until the run's state is final or the manifest's limit has passed, without time when the harness slept."""
    exchange = stack.running.exchange
    asked_ns = over_ns = 0
    size = -1
    poll_s = STATE_POLL_S
    while time.monotonic_ns() < watch.sent_ns + (stack.contender.trial_limit_s + presence.absent_s) * 1e9:
        if not over_ns and (now_size := _size(exchange.events)) != size:
            size = now_size
            if _steps_over(events_of(exchange, trial)[0], scenario.retries):
                over_ns = time.monotonic_ns()
        if over_ns:
            poll_s = finish_poll_s((time.monotonic_ns() - over_ns) / 1e9)
        if over_ns or time.monotonic_ns() - asked_ns >= STATE_POLL_S * 1e9:
            watch.resolution_s = poll_s
            asked_ns = time.monotonic_ns()
            if _final(stack.driver, run, watch):
                sampler.sample_cpu(now=True)
                return
        sampler.sample_memory()
        sampler.sample_cpu()
        time.sleep(poll_s if over_ns else EVENT_POLL_S)
    watch.finished_ns = time.monotonic_ns()


def events_of(exchange: Exchange, trial: str) -> tuple[list[Event], list[str], str]:
    """Return a trial's events, other trials with events, and why the events are unreadable, if so."""
    try:
        events = read_all_events(exchange.events)
    except EventsError as error:
        return [], [], str(error)
    own = [event for event in events if event.trial == trial]
    return own, sorted({event.trial for event in events} - {trial}), ""


def _size(file: Path) -> int:
    """Return the size of the event file. An unreadable file does not end the run, but is reported afterwards."""
    try:
        return events_size(file)
    except EventsError:
        return -1


def _final(driver: BoundedDriver, run: str, watch: RunObservation) -> bool:
    try:
        told = driver.status(run)
    except POLL_FAILED:
        # A busy server may miss a poll. The trial's limit handles a server that never responds again.
        return False
    if told.state.final:
        watch.finished_ns = time.monotonic_ns()
        watch.state, watch.ended_told_s = told.state, told.ended_s
    return told.state.final


def _steps_over(events: Sequence[Event], retries: int) -> bool:
    """Whether no further step will start: export succeeded, or a step used up its attempts."""
    return any(
        event.event == "ended"
        and (
            (event.step == "export" and event.outcome == "success")
            or (event.outcome == "failure" and event.attempt > retries)
        )
        for event in events
    )
