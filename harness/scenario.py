"""Scenarios: a workload, a fault, and what a correct orchestrator must show. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.timeline import STEPS

RETRIES = 2
RETRY_DELAY_S = 1.0
_ALWAYS = 1000


@dataclass(frozen=True)
class Scenario:
    """What is run and what must come of it.

    `failures` maps a step to how many of its first attempts raise.
    """

    name: str
    workload: str
    month: str
    failures: Mapping[str, int] = field(default_factory=dict)

    @property
    def succeeds(self) -> bool:
        """Whether a correct orchestrator ends this run in success."""
        return all(count <= RETRIES for count in self.failures.values())

    @property
    def exports(self) -> bool:
        """Whether the warehouse must hold the verified output afterwards."""
        return self.succeeds and self.workload == "etl"

    @property
    def attempts(self) -> dict[str, int]:
        """How often each step must have been started: never again once a step before it used up its attempts."""
        counts = dict.fromkeys(STEPS, 0)
        for step in STEPS:
            failures = self.failures.get(step, 0)
            counts[step] = min(failures, RETRIES) + 1
            if failures > RETRIES:
                break
        return counts


ETL = Scenario("etl", "etl", "all")
NOOP = Scenario("noop", "noop", "all")
# One step that fails once and one that fails twice, in one run. One month of data: what a retry costs does not
# depend on the size of the data.
RETRY = Scenario("retry", "etl", "2013-01", {"load": 1, "transform": 2})
EXHAUSTION = Scenario("exhaustion", "etl", "2013-01", {"transform": _ALWAYS})
SCENARIOS = {scenario.name: scenario for scenario in (ETL, NOOP, RETRY, EXHAUSTION)}
