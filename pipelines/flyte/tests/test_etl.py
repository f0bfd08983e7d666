"""Tests the task as documented at https://www.union.ai/docs/v2/flyte/user-guide/task-programming/unit-testing."""

from etl import etl


def test_etl_exports_a_month():
    counts = etl("test", "2013-01")

    assert counts["flight_rows"] == 27_004
