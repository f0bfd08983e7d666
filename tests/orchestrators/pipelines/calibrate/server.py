"""Runs the `noop` steps in its own process after known delays, to compare them with the measured ones.

A sleep can end some milliseconds late. So the server also measures its waits with its own clock, from the moment when
it could continue to the call of the next step.
"""

import time

from delays import delays
from serving import serve

from reference import noop


class Delayed:
    """One run, which keeps the delays of its trial. It has no attempt history."""

    def __init__(self, trial: str, _month: str) -> None:
        self.trial = trial
        self.state = "running"
        self.kept: dict[str, float] = {}

    def work(self, answered_s: float) -> None:
        """Run the three steps."""
        asked = delays(self.trial)
        dispatch_s = wait(answered_s, asked.dispatch_s)
        noop.load(self.trial)
        hops_s = wait(time.monotonic(), asked.hop_s)
        noop.transform(self.trial)
        hops_s += wait(time.monotonic(), asked.hop_s)
        noop.export(self.trial)
        finish_s = wait(time.monotonic(), asked.finish_s)
        self.kept = {"dispatch_s": dispatch_s, "hops_s": hops_s, "finish_s": finish_s}
        self.state = "success"

    def told(self) -> dict[str, object]:
        """Return the state, and the waits in seconds."""
        return {"state": self.state, "attempts": None, "trial": self.trial, "kept": self.kept}


def wait(since_s: float, delay_s: float) -> float:
    """Sleep until some seconds after a moment of the monotonic clock. Return the seconds since that moment."""
    time.sleep(max(0.0, since_s + delay_s - time.monotonic()))
    return time.monotonic() - since_s


if __name__ == "__main__":
    serve("noop", Delayed)
