"""The flow of `etl` with empty steps. It has `month` so that both take the same parameters."""

from prefect import flow, task

from reference import noop as steps


@task(retries=2, retry_delay_seconds=1)
def load(trial: str) -> None:
    steps.load(trial)


@task(retries=2, retry_delay_seconds=1)
def transform(trial: str) -> None:
    steps.transform(trial)


@task(retries=2, retry_delay_seconds=1)
def export(trial: str) -> None:
    steps.export(trial)


@flow
def noop(trial: str, month: str = "all") -> None:
    load(trial)
    transform(trial)
    export(trial)
