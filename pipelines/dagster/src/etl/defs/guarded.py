import dagster as dg

from etl.defs.resources import Parameters

# The `etl` with limits for the crash lab. A pool without its own limit has the instance's default, which is 1. Dagster
# limits the time of a run instead of a step, and only if run monitoring is on. With a process for each step, a run
# takes longer than the 10 s that a step may take.
GUARDED = "guarded"


@dg.asset(key_prefix=GUARDED, pool=GUARDED)
def load(parameters: Parameters):
    from reference import steps

    return steps.load(parameters.trial, parameters.month)


@dg.asset(key_prefix=GUARDED, pool=GUARDED, ins={"load": dg.AssetIn(key_prefix=GUARDED)})
def transform(parameters: Parameters, load):
    from reference import steps

    return steps.transform(parameters.trial, load)


@dg.asset(key_prefix=GUARDED, pool=GUARDED, ins={"transform": dg.AssetIn(key_prefix=GUARDED)})
def export(parameters: Parameters, transform) -> dg.MaterializeResult:
    from reference import steps

    counts = steps.export(parameters.trial, parameters.month, transform)
    return dg.MaterializeResult(metadata=counts)


guarded = dg.define_asset_job(
    GUARDED,
    selection=[load, transform, export],
    op_retry_policy=dg.RetryPolicy(max_retries=2, delay=1),
    tags={"dagster/max_runtime": 60},
)
