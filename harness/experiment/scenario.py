"""Scenarios: a workload, a fault, and what a correct orchestrator must show. Values only.

A plan keeps its scenarios in full, so that a record is judged by what it was made under and not by this module.
"""

from collections.abc import Mapping
from functools import cache

from pydantic import BaseModel, ConfigDict, field_validator

from harness.experiment.figures import Count, Figure, Wait
from harness.experiment.golden import ALL, Contents, golden
from harness.experiment.timeline import STEPS
from harness.orchestrators.driver import RunState

RETRIES = 2
RETRY_DELAY_S = 1.0
A_MONTH = "2013-01"
"""What is exported where a year would tell no more: by `retry`, and by every pipeline's own unit test."""
_ALWAYS = 1000


class Expected(BaseModel):
    """What a correct orchestrator shows.

    `attempts` is how often each step is started; `rows` is what each step takes and gives, `None` where it counts none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: RunState
    attempts: dict[str, Count]
    rows: Figure | None
    output: Contents

    @field_validator("attempts")
    @classmethod
    def _names_every_step(cls, attempts: dict[str, int]) -> dict[str, int]:
        if attempts.keys() != set(STEPS):
            raise ValueError(f"expected the steps {', '.join(STEPS)}")
        return attempts


class Scenario(BaseModel):
    """What is run and what must come of it.

    `failures` maps a step to how many of its first attempts raise. Each step is set to `retries` more attempts,
    `retry_delay_s` seconds apart.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    workload: str
    month: str
    failures: dict[str, Count]
    retries: Count
    retry_delay_s: Wait
    expected: Expected

    @property
    def exports(self) -> bool:
        """Whether a verified output must be there afterwards; if not, nothing may be."""
        return self.expected.output != Contents()

    def fails_at_first(self, step: str) -> int:
        """Return how many of a step's attempts fail before the first that succeeds."""
        return min(self.failures.get(step, 0), self.expected.attempts[step])


def define(name: str, workload: str, month: str, failures: Mapping[str, int]) -> Scenario:
    """Return a scenario with what follows from its faults under this project's retries and golden file."""
    succeeds = all(count <= RETRIES for count in failures.values())
    attempts = dict.fromkeys(STEPS, 0)
    for step in STEPS:
        attempts[step] = min(failures.get(step, 0), RETRIES) + 1
        # Once a step has used up its attempts, no step after it is started.
        if failures.get(step, 0) > RETRIES:
            break
    moves_data = workload == "etl"
    return Scenario(
        name=name,
        workload=workload,
        month=month,
        failures=dict(failures),
        retries=RETRIES,
        retry_delay_s=RETRY_DELAY_S,
        expected=Expected(
            state=RunState.SUCCESS if succeeds else RunState.FAILED,
            attempts=attempts,
            rows=golden().partitions[month]["flight"].rows if moves_data else None,
            output=golden().exported(month) if moves_data and succeeds else Contents(),
        ),
    )


@cache
def scenarios() -> dict[str, Scenario]:
    """Return every scenario that a plan of today holds, by name."""
    return {
        each.name: each
        for each in (
            define("etl", "etl", ALL, {}),
            define("noop", "noop", ALL, {}),
            # One step that fails once and one that fails twice, in one run. One month of data: what a retry costs
            # does not depend on the size of the data.
            define("retry", "etl", A_MONTH, {"load": 1, "transform": 2}),
            define("exhaustion", "etl", A_MONTH, {"transform": _ALWAYS}),
        )
    }
