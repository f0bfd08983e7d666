"""Runs the remaining steps of a run: `runner.py NUMBER STATE`. Finished steps do not run again; one runs at a time."""

import fcntl
import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from retry import retry
from room import wait_for_room

CLAIMED_S = 0.3
"""How long a run is reported as running before its first step."""


def main(number: str, state: str) -> None:
    """Run the remaining steps."""
    folder = Path(state)
    with (folder / f"{number}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        time.sleep(CLAIMED_S)
        known = json.loads((folder / f"{number}.json").read_text())
        if known["state"] == "running":
            work = noop if known["workload"] == "noop" else etl
            work(known["trial"], known["month"], lambda step: folder / f"{number}-{step}")


def etl(trial: str, month: str, place: Callable[[str], Path]) -> None:
    """Run the `etl`, with each frame in a file."""
    import polars as pl

    from reference import steps

    def once(step: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        path = place(step)
        if not path.exists():
            made, unfinished = io.BytesIO(), path.with_suffix(".tmp")
            retry(make).write_parquet(made)
            wait_for_room(lambda: unfinished.write_bytes(made.getbuffer()))
            unfinished.replace(path)
        return pl.read_parquet(path)

    loaded = once("load", lambda: steps.load(trial, month))
    frame = once("transform", lambda: steps.transform(trial, loaded))
    if os.environ["KIND"] == "doubling" or not went_out(trial):
        retry(lambda: steps.export(trial, month, frame))


def noop(trial: str, _month: str, _place: Callable[[str], Path]) -> None:
    """Run the three empty steps."""
    from reference import noop as steps

    for step in (steps.load, steps.transform, steps.export):
        step(trial)


def went_out(trial: str) -> bool:
    """Whether a trial's data were delivered."""
    with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"]) as connection:
        if connection.execute("SELECT to_regclass('delivery')").fetchone() == (None,):
            return False
        return bool(connection.execute("SELECT 1 FROM delivery WHERE trial = %s", [trial]).fetchone())


if __name__ == "__main__":
    main(*sys.argv[1:])
