"""Scenarios: a workload, a fault, and what a correct orchestrator must show. Data only."""

from dataclasses import dataclass

from harness.timeline import STEPS

RETRIES = 2
RETRY_DELAY_S = 1.0
FAULTY_STEP = "transform"
_ALWAYS = 1000


@dataclass(frozen=True)
class Scenario:
    """What is run and what must come of it.

    `failures` is how many first attempts of the step `transform` raise. A retry is timed on one month, since what it
    measures does not depend on the size of the data.
    """

    name: str
    workload: str
    month: str
    failures: int = 0

    @property
    def succeeds(self) -> bool:
        """Whether a correct orchestrator ends this run in success."""
        return self.failures <= RETRIES

    @property
    def exports(self) -> bool:
        """Whether the warehouse must hold the verified output afterwards."""
        return self.succeeds and self.workload == "etl"

    @property
    def attempts(self) -> dict[str, int]:
        """How often each step must have been started."""
        if not self.succeeds:
            return dict(zip(STEPS, (1, RETRIES + 1, 0), strict=True))
        return dict(zip(STEPS, (1, 1 + self.failures, 1), strict=True))


ETL = Scenario("etl", "etl", "all")
NOOP = Scenario("noop", "noop", "all")
RETRY_1 = Scenario("retry-1", "etl", "2013-01", failures=1)
RETRY_2 = Scenario("retry-2", "etl", "2013-01", failures=2)
EXHAUSTION = Scenario("exhaustion", "etl", "2013-01", failures=_ALWAYS)
SCENARIOS = {scenario.name: scenario for scenario in (ETL, NOOP, RETRY_1, RETRY_2, EXHAUSTION)}
