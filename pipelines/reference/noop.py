"""The three steps of the `noop` workload: only the probe's stamps, so that only the orchestrator is timed.

Each step reports the modules of the `etl` workload that its process has imported. There should be none, or their import
would be timed as well.
"""

import sys

from reference.probe import observe

OF_THE_ETL = ("polars", "psycopg", "reference.etl")


def load(trial: str) -> None:
    """Do nothing, observed."""
    _observed(trial, "load")


def transform(trial: str) -> None:
    """Do nothing, observed."""
    _observed(trial, "transform")


def export(trial: str) -> None:
    """Do nothing, observed."""
    _observed(trial, "export")


def _observed(trial: str, step: str) -> None:
    with observe(trial, step) as report:
        report.imported = [name for name in OF_THE_ETL if name in sys.modules]
