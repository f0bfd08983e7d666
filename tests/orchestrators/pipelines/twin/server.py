"""Serves like the baseline, but waits $TWIN_DELAY_S seconds before each run, if that is set."""

import os
import time

from baseline_server import Handler
from serving import listen

DELAY_S = float(os.environ.get("TWIN_DELAY_S", "0"))


class Delayed(Handler):
    """Answers like the baseline, but later."""

    def do_POST(self) -> None:
        """Wait, then start a run."""
        time.sleep(DELAY_S)
        super().do_POST()


if __name__ == "__main__":
    listen(Delayed)
