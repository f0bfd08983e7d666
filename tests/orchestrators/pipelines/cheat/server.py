"""Serves honest and dishonest runs. The first word of a trial's id names the kind, as in `liar-01`."""

from cheats import KINDS, Honest
from serving import serve


def new_run(trial: str, month: str) -> Honest:
    """Return a run of the kind that the trial's id names."""
    return KINDS[trial.partition("-")[0]](trial, month)


if __name__ == "__main__":
    serve("etl", new_run)
