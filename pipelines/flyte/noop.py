"""The tasks of `etl` with empty steps. They have `month` so that both take the same parameters."""

from datetime import timedelta

import flyte

from reference import noop as steps

env = flyte.TaskEnvironment(name="nothing")
retries = flyte.RetryStrategy(count=2, backoff=flyte.Backoff(base=timedelta(seconds=1)))


@env.task(retries=retries)
def load(trial: str) -> None:
    steps.load(trial)


@env.task(retries=retries)
def transform(trial: str) -> None:
    steps.transform(trial)


@env.task(retries=retries)
def export(trial: str) -> None:
    steps.export(trial)


@env.task
def noop(trial: str, month: str = "all") -> None:
    load(trial)
    transform(trial)
    export(trial)
