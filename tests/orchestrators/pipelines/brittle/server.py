"""Serves like the baseline, and exits soon after it has reported the end of its first run."""

import os
import threading

from baseline_server import Handler
from serving import listen


class Brittle(Handler):
    """Answers like the baseline, until a run has ended."""

    def answer(self, status: int, body: dict[str, object]) -> None:
        """Send one JSON answer, and exit if it was the end of a run."""
        super().answer(status, body)
        if body.get("state") in ("success", "failed"):
            threading.Timer(0.5, os._exit, [1]).start()


if __name__ == "__main__":
    listen(Brittle)
