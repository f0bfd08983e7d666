"""Tests the flow from a script as documented at https://docs.metaflow.org/metaflow/managing-flows/runner."""

from metaflow import Runner


def test_etl_exports_a_month():
    with Runner("etl.py").run(trial="test", month="2013-01") as running:
        assert running.status == "successful"
        assert running.run.data.counts["flight_rows"] == 27_004
