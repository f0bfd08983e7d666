"""The flow of `etl` with empty steps. It has `month` so that both take the same parameters."""

from metaflow import FlowSpec, Parameter, retry, step

from reference import noop


class NoopFlow(FlowSpec):
    trial = Parameter("trial", required=True)
    month = Parameter("month", default="all")

    @retry(times=2)
    @step(start=True)
    def load(self):
        noop.load(self.trial)
        self.next(self.transform)

    @retry(times=2)
    @step
    def transform(self):
        noop.transform(self.trial)
        self.next(self.export)

    @retry(times=2)
    @step(end=True)
    def export(self):
        noop.export(self.trial)


if __name__ == "__main__":
    NoopFlow()
