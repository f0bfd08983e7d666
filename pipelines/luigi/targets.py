"""The folder of the tasks' targets: the section `[Targets]` of luigi.cfg."""

import luigi


class Targets(luigi.Config):
    folder = luigi.Parameter()
