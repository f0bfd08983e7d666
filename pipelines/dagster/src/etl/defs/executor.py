import os

import dagster as dg


# Without the variable, Dagster uses its default executor, which spawns a process for each step.
@dg.definitions
def executor() -> dg.Definitions:
    in_process = os.environ.get("STEPS_IN_RUN_PROCESS") == "true"
    return dg.Definitions(executor=dg.in_process_executor if in_process else None)
