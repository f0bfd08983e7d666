"""The reference ETL as a Metaflow flow."""

from metaflow import FlowSpec, Parameter, retry, step

from reference import steps


class EtlFlow(FlowSpec):
    trial = Parameter("trial", required=True)
    month = Parameter("month", default="all")

    @retry(times=2)
    @step(start=True)
    def load(self):
        self.frame = steps.load(self.trial, self.month)
        self.next(self.transform)

    @retry(times=2)
    @step
    def transform(self):
        self.frame = steps.transform(self.trial, self.frame)
        self.next(self.export)

    @retry(times=2)
    @step(end=True)
    def export(self):
        self.counts = steps.export(self.trial, self.month, self.frame)


if __name__ == "__main__":
    EtlFlow()
