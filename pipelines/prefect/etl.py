"""The reference ETL as a Prefect flow."""

import polars as pl
from prefect import flow, task

from reference import steps


@task(retries=2, retry_delay_seconds=1)
def load(trial: str, month: str) -> pl.DataFrame:
    return steps.load(trial, month)


@task(retries=2, retry_delay_seconds=1)
def transform(trial: str, frame: pl.DataFrame) -> pl.DataFrame:
    return steps.transform(trial, frame)


@task(retries=2, retry_delay_seconds=1)
def export(trial: str, month: str, frame: pl.DataFrame) -> dict[str, int]:
    return steps.export(trial, month, frame)


@flow
def etl(trial: str, month: str = "all") -> dict[str, int]:
    loaded = load(trial, month)
    transformed = transform(trial, loaded)
    return export(trial, month, transformed)
