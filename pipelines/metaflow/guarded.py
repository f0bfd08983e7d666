"""The flow of `etl` with Metaflow's own timeout on each step, for the crash lab."""

from metaflow import FlowSpec, Parameter, retry, step, timeout
from retry_delay import retry_delay

from reference import steps


class GuardedFlow(FlowSpec):
    trial = Parameter("trial", required=True)
    month = Parameter("month", default="all")

    @retry(times=2, minutes_between_retries=0)
    @timeout(seconds=10)
    @retry_delay(seconds=1)
    @step(start=True)
    def load(self):
        self.frame = steps.load(self.trial, self.month)
        self.next(self.transform)

    @retry(times=2, minutes_between_retries=0)
    @timeout(seconds=10)
    @retry_delay(seconds=1)
    @step
    def transform(self):
        self.frame = steps.transform(self.trial, self.frame)
        self.next(self.export)

    @retry(times=2, minutes_between_retries=0)
    @timeout(seconds=10)
    @retry_delay(seconds=1)
    @step(end=True)
    def export(self):
        self.counts = steps.export(self.trial, self.month, self.frame)


if __name__ == "__main__":
    GuardedFlow()
