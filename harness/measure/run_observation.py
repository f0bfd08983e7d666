"""The observations of one run from its trigger on, and the polling intervals."""

from dataclasses import dataclass

from harness.orchestrators.driver import RunState

EVENT_POLL_S = 0.02
"""Polling interval of the event file's size, so that the last step's end is noticed at once."""
STATE_POLL_S = 1.0
"""Polling interval of the API while steps run. It is long, so that polls do not slow the measured run."""
FINISH_POLL_S = 0.02
"""Polling interval of the API after the last step has ended: the resolution of `finish`."""
LATE_POLL_S = 0.1
"""Polling interval if the end takes longer than `LATE_S`. 50 polls a second can cost a quarter of a core."""
LATE_S = 1.5


def finish_poll_s(since_last_step_s: float) -> float:
    """Return the polling interval at a time after the last step's end."""
    return FINISH_POLL_S if since_last_step_s < LATE_S else LATE_POLL_S


@dataclass
class RunObservation:
    """The observations of one run from its trigger on."""

    sent_ns: int = 0
    accepted_ns: int = 0
    finished_ns: int = 0
    refusals: int = 0
    runs_told: int | None = None
    state: RunState | None = None
    ended_told_s: float | None = None
    resolution_s: float = FINISH_POLL_S
