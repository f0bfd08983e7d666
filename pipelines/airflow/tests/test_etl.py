"""Runs the Dag as documented at https://airflow.apache.org/docs/apache-airflow/3.3.2/core-concepts/debug.html."""

from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

DAGS = Path(__file__).parents[1] / "dags"


def test_etl_exports_a_month():
    dag = DagBag(DAGS).get_dag("etl")

    run = dag.test(run_conf={"trial": "test", "month": "2013-01"})

    assert run.state == "success"
    exported = run.get_task_instance("export")
    assert exported.xcom_pull(task_ids="export")["flight_rows"] == 27_004
