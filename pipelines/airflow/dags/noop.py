"""The same three tasks without work, so that only Airflow is timed."""

from datetime import timedelta

from airflow.sdk import Param, dag, task


@task
def load(trial: str) -> None:
    from reference import noop

    noop.load(trial)


@task
def transform(trial: str) -> None:
    from reference import noop

    noop.transform(trial)


@task
def export(trial: str) -> None:
    from reference import noop

    noop.export(trial)


@dag(
    schedule=None,
    catchup=False,
    params={"trial": Param(type="string"), "month": Param("all", type="string")},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=1)},
)
def noop():
    trial = "{{ params.trial }}"
    load(trial) >> transform(trial) >> export(trial)


noop()
