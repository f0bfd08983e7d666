"""What is seen of one run from its trigger on, and how often each thing is looked at."""

from dataclasses import dataclass, field

from harness.experiment.activity import Reading
from harness.orchestrators.driver import RunState

EVENT_POLL_S = 0.02
"""How often the size of the event file is looked at: the end of the last step must be noticed at once."""
STATE_POLL_S = 1.0
"""How often the API is asked while steps run: seldom, so that answering does not slow what is measured."""
FINISH_POLL_S = 0.02
"""How often the API is asked once the last step has ended: the resolution of `finish`."""
LATE_POLL_S = 0.1
"""How often it is asked where the end takes longer than `LATE_S`: 50 answers a second can cost a quarter of a core."""
LATE_S = 1.5


def finish_poll_s(since_last_step_s: float) -> float:
    """Return how long to wait between two questions, so many seconds after the last step's end."""
    return FINISH_POLL_S if since_last_step_s < LATE_S else LATE_POLL_S


@dataclass
class Watch:
    """What was seen of one run from its trigger on."""

    sent_ns: int = 0
    accepted_ns: int = 0
    finished_ns: int = 0
    refusals: int = 0
    runs_told: int | None = None
    state: RunState | None = None
    ended_told_s: float | None = None
    resolution_s: float = FINISH_POLL_S
    peak_rss_bytes: int | None = None
    cpu_readings: list[Reading] = field(default_factory=list)

    def see_memory(self, rss_bytes: int | None) -> None:
        """Keep the greatest sample; `None` is one that the kernel did not give."""
        if rss_bytes is not None:
            self.peak_rss_bytes = max(self.peak_rss_bytes or 0, rss_bytes)
