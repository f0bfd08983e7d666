"""Tests the workflow as documented at https://docs.dbos.dev/python/tutorials/testing."""

import os

import pytest
from dbos import DBOS, DBOSConfig
from etl import etl


@pytest.fixture
def reset_dbos():
    DBOS.destroy()
    config: DBOSConfig = {
        "name": "flights",
        "system_database_url": f"sqlite:///{os.environ['ORCHBENCH_STATE']}/test.sqlite",
    }
    DBOS(config=config)
    DBOS.reset_system_database()
    DBOS.launch()


def test_etl_exports_a_month(reset_dbos):
    counts = etl("test", "2013-01")

    assert counts["flight_rows"] == 27_004
