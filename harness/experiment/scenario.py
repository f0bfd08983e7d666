"""Scenarios: a workload, a fault, and the behaviour of a correct orchestrator. Only values.

A plan keeps its scenarios in full, so that a record is judged by its own plan and not by this module.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, field_validator

from harness.experiment.bounded import Count, Figure, Wait
from harness.experiment.golden import ALL, Contents, Golden
from harness.experiment.timeline import STEPS
from harness.orchestrators.driver import RunState

RETRIES = 2
RETRY_DELAY_S = 1.0
A_MONTH = "2013-01"
"""The month that `retry` and every pipeline's unit test export, because a full year would not tell more."""
_ALWAYS = 1000


class Expected(BaseModel):
    """The behaviour of a correct orchestrator.

    `attempts` is how often each step is started. `rows` is how many rows each step reads and returns, or `None`.
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
    """A run and its expected outcome.

    `failures` maps a step to how many of its first attempts raise. Each step has `retries` retries, `retry_delay_s`
    seconds apart.
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
        """Whether it must leave a verified output. Otherwise it must leave nothing."""
        return self.expected.output != Contents()

    def fails_at_first(self, step: str) -> int:
        """Return how many of a step's attempts fail before the first that succeeds."""
        return min(self.failures.get(step, 0), self.expected.attempts[step])


def define(golden: Golden, name: str, workload: str, month: str, failures: Mapping[str, int]) -> Scenario:
    """Return a scenario and its expected outcome, given this project's retries and a golden file."""
    succeeds = all(count <= RETRIES for count in failures.values())
    attempts = dict.fromkeys(STEPS, 0)
    for step in STEPS:
        attempts[step] = min(failures.get(step, 0), RETRIES) + 1
        # After a step has used up its attempts, no later step starts.
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
            rows=golden.partitions[month]["flight"].rows if moves_data else None,
            output=golden.exported(month) if moves_data and succeeds else Contents(),
        ),
    )


def define_scenarios(golden: Golden) -> dict[str, Scenario]:
    """Return every scenario of a current plan, by name."""
    return {
        each.name: each
        for each in (
            define(golden, "etl", "etl", ALL, {}),
            define(golden, "noop", "noop", ALL, {}),
            # One step fails once and another fails twice, in one run. One month of data is enough, because the cost of
            # a retry does not depend on the data.
            define(golden, "retry", "etl", A_MONTH, {"load": 1, "transform": 2}),
            define(golden, "exhaustion", "etl", A_MONTH, {"transform": _ALWAYS}),
        )
    }
