"""Runs the tasks from Python: https://luigi.readthedocs.io/en/stable/running_luigi.html#running-from-python-code."""

import json

import luigi
from etl import Export


def test_etl_exports_a_month():
    task = Export(trial="test", month="2013-01")

    assert luigi.build([task], local_scheduler=True)
    with task.output().open() as counts:
        assert json.load(counts)["flight_rows"] == 27_004
