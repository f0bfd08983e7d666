"""Where the tasks' targets lie: the section `[Targets]` of luigi.cfg."""

import luigi


class Targets(luigi.Config):
    folder = luigi.Parameter()
