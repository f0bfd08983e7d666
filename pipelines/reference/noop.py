"""The three steps of the `noop` workload: nothing but the probe's stamps, so that only the orchestrator is timed.

Each says what of the `etl` workload its process has imported: nothing, or importing it would be timed with the rest.
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
