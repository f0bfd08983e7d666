"""The reference ETL as Luigi tasks. A task is done if its target exists, and then does not run again."""

import json

import luigi
import polars as pl
from luigi.util import requires
from targets import Targets

from reference import steps

luigi.auto_namespace(scope=__name__)


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
        return luigi.LocalTarget(f"{Targets().folder}/{self.trial}/{self.month}/export.json")

    def run(self):
        counts = steps.export(self.trial, self.month, pl.read_parquet(self.input().path))
        with self.output().open("w") as file:
            json.dump(counts, file)
