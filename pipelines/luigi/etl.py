"""The reference ETL as Luigi tasks. A task is done if its target exists, and then does not run again."""

import os

import luigi
import polars as pl
import psycopg
from luigi.contrib.postgres import PostgresTarget
from luigi.util import requires
from psycopg.conninfo import conninfo_to_dict
from targets import Targets

from reference import steps

luigi.auto_namespace(scope=__name__)

WAREHOUSE = os.environ["ORCHBENCH_WAREHOUSE"]


class Load(luigi.Task):
    trial = luigi.Parameter()
    month = luigi.Parameter(default="all")

    def output(self):
        return luigi.LocalTarget(f"{Targets().folder}/{self.trial}/{self.month}/load.parquet")

    def run(self):
        frame = steps.load(self.trial, self.month)
        with self.output().temporary_path() as path:
            frame.write_parquet(path)


@requires(Load)
class Transform(luigi.Task):
    def output(self):
        return luigi.LocalTarget(f"{Targets().folder}/{self.trial}/{self.month}/transform.parquet")

    def run(self):
        frame = steps.transform(self.trial, pl.read_parquet(self.input().path))
        with self.output().temporary_path() as path:
            frame.write_parquet(path)


@requires(Transform)
class Export(luigi.Task):
    def output(self):
        at = conninfo_to_dict(WAREHOUSE)
        return PostgresTarget(
            host=at["host"],
            port=at["port"],
            database=at["dbname"],
            user=at["user"],
            password=at["password"],
            table="flight",
            update_id=self.task_id,
        )

    def run(self):
        frame = pl.read_parquet(self.input().path)
        # The mark is committed with the data. The connection is left first, and commits.
        with (
            steps.exporting(self.trial, self.month, frame) as write,
            psycopg.connect(WAREHOUSE) as connection,
        ):
            write(connection)
            self.output().touch(connection)
