"""Tests the flow as documented at https://docs.prefect.io/v3/how-to-guides/workflows/test-workflows."""

import pytest
from etl import etl
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(autouse=True, scope="session")
def prefect_test_fixture():
    with prefect_test_harness(server_startup_timeout=120):
        yield


def test_etl_exports_a_month():
    counts = etl("test", "2013-01")

    assert counts["flight_rows"] == 27_004
