"""The reference ETL as a DBOS workflow. Steps pass on the path of a Parquet file, which DBOS checkpoints.

The last step is a transaction in the warehouse, in which DBOS commits its checkpoint together with the data.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dbos import DBOS, SQLAlchemyDatasource
from until_commit import until_commit

if TYPE_CHECKING:
    import polars as pl

FRAMES = Path(os.environ["ORCHBENCH_STATE"]) / "frames"
RETRIES, DELAY_S = 2, 1.0

warehouse = SQLAlchemyDatasource.create(os.environ["ORCHBENCH_WAREHOUSE"])


def store(frame: "pl.DataFrame", name: str) -> str:
    """Write a frame to a path that is specific to this workflow. A retry writes the same file again."""
    folder = FRAMES / DBOS.workflow_id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    frame.write_parquet(path)
    return str(path)


def stored(path: str) -> "pl.DataFrame":
    """Read a frame back."""
    import polars as pl

    return pl.read_parquet(path)


# Heavy imports are inside the steps: one process runs every workflow, also those that need none of them.
@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0)
def load(trial: str, month: str) -> str:
    from reference import steps

    return store(steps.load(trial, month), "loaded")


@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0)
def transform(trial: str, loaded: str) -> str:
    from reference import steps

    return store(steps.transform(trial, stored(loaded)), "transformed")


# The benchmark recreates the warehouse before each run, and with it the table of DBOS's checkpoints.
@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0)
def prepare() -> None:
    SQLAlchemyDatasource.migrate(os.environ["ORCHBENCH_WAREHOUSE"])


@warehouse.transaction(isolation_level="READ COMMITTED")
def export(trial: str, month: str, transformed: str) -> dict[str, int]:
    from reference import steps

    session = warehouse.sql_session()
    with until_commit(session, steps.exporting(trial, month, stored(transformed))) as write:
        return write(session.connection().connection.driver_connection)


@DBOS.workflow()
def etl(trial: str, month: str = "all") -> dict[str, int]:
    loaded = load(trial, month)
    transformed = transform(trial, loaded)
    prepare()
    # A transaction has no retry settings: each try is a step of its own.
    for _ in range(RETRIES):
        try:
            return export(trial, month, transformed)
        except Exception:
            DBOS.sleep(DELAY_S)
    return export(trial, month, transformed)
