"""Runs the `noop` steps in its own process after exactly known delays, so that what is measured can be compared."""

import time

from delays import delays
from serving import serve

from reference import noop


class Delayed:
    """One run, which keeps the delays of its trial. It has no account of attempts."""

    def __init__(self, trial: str, _month: str) -> None:
        self.trial = trial
        self.state = "running"

    def work(self, answered_s: float) -> None:
        """Run the three steps."""
        true = delays(self.trial)
        wait_until(answered_s + true.dispatch_s)
        noop.load(self.trial)
        wait_until(time.monotonic() + true.hop_s)
        noop.transform(self.trial)
        wait_until(time.monotonic() + true.hop_s)
        noop.export(self.trial)
        wait_until(time.monotonic() + true.finish_s)
        self.state = "success"

    def told(self) -> dict[str, object]:
        """Return the state."""
        return {"state": self.state, "attempts": None}


def wait_until(moment_s: float) -> None:
    """Sleep until a moment of the monotonic clock."""
    time.sleep(max(0.0, moment_s - time.monotonic()))


if __name__ == "__main__":
    serve("noop", Delayed)
