"""The tasks of `etl` with empty steps. Each leaves an empty target, by which Luigi knows that it was done."""

import luigi
from luigi.util import requires
from targets import Targets

from reference import noop as steps

luigi.auto_namespace(scope=__name__)


class Load(luigi.Task):
    trial = luigi.Parameter()
    month = luigi.Parameter(default="all")

    def output(self):
        return luigi.LocalTarget(f"{Targets().folder}/{self.trial}/{self.month}/load")

    def run(self):
        steps.load(self.trial)
        self.output().open("w").close()


@requires(Load)
class Transform(luigi.Task):
    def output(self):
        return luigi.LocalTarget(f"{Targets().folder}/{self.trial}/{self.month}/transform")

    def run(self):
        steps.transform(self.trial)
        self.output().open("w").close()


@requires(Transform)
class Export(luigi.Task):
    def output(self):
        return luigi.LocalTarget(f"{Targets().folder}/{self.trial}/{self.month}/export")

    def run(self):
        steps.export(self.trial)
        self.output().open("w").close()
