import dagster as dg
import polars as pl

from etl.defs.resources import Parameters
from reference import steps


@dg.asset
def load(parameters: Parameters) -> pl.DataFrame:
    return steps.load(parameters.trial, parameters.month)


@dg.asset
def transform(parameters: Parameters, load: pl.DataFrame) -> pl.DataFrame:
    return steps.transform(parameters.trial, load)


@dg.asset
def export(parameters: Parameters, transform: pl.DataFrame) -> dg.MaterializeResult:
    counts = steps.export(parameters.trial, parameters.month, transform)
    return dg.MaterializeResult(metadata=counts)


etl = dg.define_asset_job(
    "etl",
    selection=[load, transform, export],
    op_retry_policy=dg.RetryPolicy(max_retries=2, delay=1),
)
