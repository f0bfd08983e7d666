"""The `etl` with limits for the crash lab: 10 s per task. `serve_flows.py` limits it to one run at a time."""

from etl import export, load, transform
from prefect import flow

TASK_LIMIT_S = 10


@flow
def guarded(trial: str, month: str = "all") -> dict[str, int]:
    loaded = load.with_options(timeout_seconds=TASK_LIMIT_S)(trial, month)
    transformed = transform.with_options(timeout_seconds=TASK_LIMIT_S)(trial, loaded)
    return export.with_options(timeout_seconds=TASK_LIMIT_S)(trial, month, transformed)
