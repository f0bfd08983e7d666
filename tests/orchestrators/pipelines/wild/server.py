"""Serves runs that each misbehave in a way of their own, by the number in the trial's id."""

import re
import time

from cheats import KINDS, Honest
from serving import serve


class Sleeper(Honest):
    """Never ends."""

    def run(self) -> None:
        time.sleep(3600)


WAYS = {**KINDS, "sleeper": Sleeper}


def new_run(trial: str, month: str) -> Honest:
    """Return a run that misbehaves as the driver of this orchestrator has it listed."""
    return WAYS[WILD[int(re.findall(r"-(\d\d)-", trial)[-1]) - 1]](trial, month)


WILD = (
    *("hasty", "backdated", "scribble", "eventless", "latin", "lost", "alias", "view", "typed", "impatient", "hoarder"),
    *("honest", "honest", "honest", "sleeper", "honest"),
)
"""What the trials of a round do, in their order. Where it is honest, the driver is not, but for the last."""

if __name__ == "__main__":
    serve("etl", new_run)
