"""Serves runs that each misbehave in another way, by the number in the trial's id."""

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
    """Return a run of the kind that is listed for its number."""
    return WAYS[WILD[int(re.findall(r"-(\d\d)-", trial)[-1]) - 1]](trial, month)


WILD = (
    *("hasty", "backdated", "scribble", "eventless", "latin", "lost", "alias", "view", "typed", "impatient", "hoarder"),
    *("honest", "honest", "honest", "sleeper", "honest"),
)
"""The kinds of a round's trials, in order. If a run is honest, its driver is not, except for the last."""

if __name__ == "__main__":
    serve("etl", new_run)
