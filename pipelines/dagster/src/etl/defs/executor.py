import os

import dagster as dg


# A process per step either way. The variable lists the modules that the fork server imports before it forks one;
# without it Dagster's default stands, which is to spawn each process anew.
@dg.definitions
def executor() -> dg.Definitions:
    preload = os.environ.get("STEP_FORKSERVER_PRELOAD")
    if preload is None:
        return dg.Definitions()
    start_method = {"forkserver": {"preload_modules": preload.split()}}
    return dg.Definitions(executor=dg.multiprocess_executor.configured({"start_method": start_method}))
