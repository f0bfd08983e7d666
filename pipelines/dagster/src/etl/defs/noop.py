import dagster as dg

from etl.defs.resources import Parameters
from reference import noop as steps


@dg.asset(key_prefix="noop")
def load(parameters: Parameters) -> None:
    steps.load(parameters.trial)


@dg.asset(key_prefix="noop", deps=[load])
def transform(parameters: Parameters) -> None:
    steps.transform(parameters.trial)


@dg.asset(key_prefix="noop", deps=[transform])
def export(parameters: Parameters) -> None:
    steps.export(parameters.trial)


noop = dg.define_asset_job(
    "noop",
    selection=[load, transform, export],
    op_retry_policy=dg.RetryPolicy(max_retries=2, delay=1),
)
