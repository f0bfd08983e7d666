"""Runs the tasks from Python: https://luigi.readthedocs.io/en/stable/running_luigi.html#running-from-python-code."""

import os

import luigi
import psycopg
from etl import Export


def test_etl_exports_a_month():
    task = Export(trial="test", month="2013-01")

    assert luigi.build([task], local_scheduler=True)
    assert task.complete()
    with psycopg.connect(os.environ["ORCHBENCH_WAREHOUSE"]) as connection:
        assert connection.execute("SELECT count(*) FROM flight").fetchone() == (27_004,)
