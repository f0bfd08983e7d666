"""The reference ETL as Flyte tasks: `etl` calls the three steps."""

from datetime import timedelta

import flyte
import polars as pl

from reference import steps

env = flyte.TaskEnvironment(name="flights")
retries = flyte.RetryStrategy(count=2, backoff=flyte.Backoff(base=timedelta(seconds=1)))


@env.task(retries=retries)
def load(trial: str, month: str) -> pl.DataFrame:
    return steps.load(trial, month)


@env.task(retries=retries)
def transform(trial: str, frame: pl.DataFrame) -> pl.DataFrame:
    return steps.transform(trial, frame)


@env.task(retries=retries)
def export(trial: str, month: str, frame: pl.DataFrame) -> dict[str, int]:
    return steps.export(trial, month, frame)


@env.task
def etl(trial: str, month: str = "all") -> dict[str, int]:
    loaded = load(trial, month)
    transformed = transform(trial, loaded)
    return export(trial, month, transformed)
