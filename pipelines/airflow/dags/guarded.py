"""The `etl` with limits for the crash lab: 10 s per task and one run at a time.

Its tasks repeat those of `etl.py`, because a file that imports another file's Dag would also define that Dag.
"""

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import ObjectStoragePath, Param, dag, task

if TYPE_CHECKING:
    import polars as pl

STAGING = ObjectStoragePath(f"file://{os.environ['ORCHBENCH_STATE']}/staging")


def stage(frame: "pl.DataFrame", run: str, name: str) -> ObjectStoragePath:
    """Write a frame to a path that is specific to this run. A retry writes the same file again."""
    folder = STAGING / run
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    with path.open("wb") as file:
        frame.write_parquet(file)
    return path


def staged(path: ObjectStoragePath) -> "pl.DataFrame":
    """Read a frame back."""
    import polars as pl

    with path.open("rb") as file:
        return pl.read_parquet(file)


# Heavy imports are inside the tasks: the Dag processor parses this file every 30 s and needs none of them.
@task
def load(trial: str, month: str, run: str) -> ObjectStoragePath:
    from reference import steps

    return stage(steps.load(trial, month), run, "loaded")


@task
def transform(trial: str, loaded: ObjectStoragePath, run: str) -> ObjectStoragePath:
    from reference import steps

    return stage(steps.transform(trial, staged(loaded)), run, "transformed")


@task
def export(trial: str, month: str, transformed: ObjectStoragePath) -> dict[str, int]:
    from reference import steps

    return steps.export(trial, month, staged(transformed))


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    params={"trial": Param(type="string"), "month": Param("all", type="string")},
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=1),
        "execution_timeout": timedelta(seconds=10),
    },
)
def guarded():
    trial, month, run = "{{ params.trial }}", "{{ params.month }}", "{{ run_id }}"
    loaded = load(trial, month, run)
    transformed = transform(trial, loaded, run)
    export(trial, month, transformed)


guarded()
