"""The reference ETL as a Prefect flow."""

import polars as pl
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from reference import steps


@task(retries=2, retry_delay_seconds=1)
def load(trial: str, month: str) -> pl.DataFrame:
    return steps.load(trial, month)


# NO_CACHE: the default policy hashes every input of a task, which takes a second for a large frame and buys
# nothing while results are not persisted.
@task(retries=2, retry_delay_seconds=1, cache_policy=NO_CACHE)
def transform(trial: str, frame: pl.DataFrame) -> pl.DataFrame:
    return steps.transform(trial, frame)


@task(retries=2, retry_delay_seconds=1, cache_policy=NO_CACHE)
def export(trial: str, month: str, frame: pl.DataFrame) -> dict[str, int]:
    return steps.export(trial, month, frame)


@flow
def etl(trial: str, month: str = "all") -> dict[str, int]:
    loaded = load(trial, month)
    transformed = transform(trial, loaded)
    return export(trial, month, transformed)
