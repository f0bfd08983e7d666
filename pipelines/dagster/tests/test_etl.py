"""Tests the assets as documented at https://docs.dagster.io/guides/test/unit-testing-assets-and-ops."""

import dagster as dg
from etl.defs.etl import export, load, transform
from etl.defs.resources import Parameters


def test_etl_exports_a_month():
    result = dg.materialize(
        [load, transform, export],
        resources={"parameters": Parameters(trial="test", month="2013-01")},
    )

    assert result.success
    (exported,) = result.asset_materializations_for_node("export")
    assert exported.metadata["flight_rows"].value == 27_004
