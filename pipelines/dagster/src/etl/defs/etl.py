import dagster as dg

from etl.defs.resources import Parameters

# Each Dagster process imports this module, whatever it runs, so imports that only these assets need are inside them.


@dg.asset
def load(parameters: Parameters):
    from reference import steps

    return steps.load(parameters.trial, parameters.month)


@dg.asset
def transform(parameters: Parameters, load):
    from reference import steps

    return steps.transform(parameters.trial, load)


@dg.asset
def export(parameters: Parameters, transform) -> dg.MaterializeResult:
    from reference import steps

    counts = steps.export(parameters.trial, parameters.month, transform)
    return dg.MaterializeResult(metadata=counts)


etl = dg.define_asset_job(
    "etl",
    selection=[load, transform, export],
    op_retry_policy=dg.RetryPolicy(max_retries=2, delay=1),
)
