"""The three steps of the `etl` workload as an orchestrator calls them: the pure functions under the probe.

Every path and address comes from the environment, so each implementation passes only the pipeline's parameters: the
trial id and the month. The orchestrator hands the frames from step to step, outside the probe.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import psycopg

from reference import etl
from reference.probe import observe


def load(trial: str, month: str) -> pl.DataFrame:
    """Read the landing files for `month` ("2013-01", or "all") into one typed, joined frame."""
    with observe(trial, "load") as report:
        frame = etl.load(Path(os.environ["ORCHBENCH_LANDING"]), month)
        report.rows_out = frame.height
    return frame


def transform(trial: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Classify the flights and compute their UTC times."""
    with observe(trial, "transform") as report:
        result = etl.transform(frame)
        report.reached("computed")
        report.rows_in, report.rows_out = frame.height, result.height
    return result


def export(trial: str, month: str, frame: pl.DataFrame) -> dict[str, int]:
    """Replace the partition `month` in the warehouse and its Parquet file. Return the numbers of rows written."""
    with observe(trial, "export") as report:
        warehouse, output = os.environ["ORCHBENCH_WAREHOUSE"], Path(os.environ["ORCHBENCH_OUTPUT"])
        summary = etl.export(frame, trial, month, warehouse, output, report.reached)
        report.rows_in, report.rows_out = frame.height, summary.flight_rows
    return summary._asdict()


@contextmanager
def exporting(trial: str, month: str, frame: pl.DataFrame) -> Iterator[Callable[[psycopg.Connection], dict[str, int]]]:
    """Export in the tool's own transaction, like `reference.etl.exporting`. The block includes the commit."""
    with (
        observe(trial, "export") as report,
        etl.exporting(frame, trial, month, Path(os.environ["ORCHBENCH_OUTPUT"]), report.reached) as write,
    ):

        def written(connection: psycopg.Connection) -> dict[str, int]:
            summary = write(connection)
            report.rows_in, report.rows_out = frame.height, summary.flight_rows
            return summary._asdict()

        yield written
