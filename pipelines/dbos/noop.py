"""The workflow of `etl` with empty steps. It has `month` so that both take the same parameters."""

from dbos import DBOS

from reference import noop as steps


@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0)
def noop_load(trial: str) -> None:
    steps.load(trial)


@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0)
def noop_transform(trial: str) -> None:
    steps.transform(trial)


@DBOS.step(retries_allowed=True, max_attempts=3, interval_seconds=1.0, backoff_rate=1.0)
def noop_export(trial: str) -> None:
    steps.export(trial)


@DBOS.workflow()
def noop(trial: str, month: str = "all") -> None:
    noop_load(trial)
    noop_transform(trial)
    noop_export(trial)
