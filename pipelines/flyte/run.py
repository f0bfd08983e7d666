"""Runs one pipeline once in this process, like a script that calls its task.

https://www.union.ai/docs/v2/flyte/user-guide/run-modes/running-locally
"""

import sys
from importlib import import_module
from pathlib import Path

import flyte


def main(workload: str, folder: str, trial: str, month: str) -> None:
    """Run the task `workload` of the module of that name. The run has the name of its folder, and writes there."""
    flyte.init_from_config()
    # Imported by name, so that a run of `noop` loads nothing of the `etl`.
    task = getattr(import_module(workload), workload)
    run = flyte.with_runcontext(mode="local", name=Path(folder).name, raw_data_path=folder)
    # `with_runcontext` has no parameter for the folder of the actions, which would be /tmp/flyte, whoever owns that.
    run._metadata_path = folder
    run.run(task, trial=trial, month=month)


if __name__ == "__main__":
    main(*sys.argv[1:])
