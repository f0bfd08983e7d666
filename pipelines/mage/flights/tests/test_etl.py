"""Runs the pipeline as documented at https://docs.mage.ai/observability/testing/unit-tests."""

from mage_ai.data_preparation.models.pipeline import Pipeline


def test_etl_exports_a_month():
    pipeline = Pipeline.get("etl")

    pipeline.execute_sync(global_vars={"trial": "test", "month": "2013-01"})

    assert pipeline.get_block_variable("export", "output_0")["flight_rows"] == 27_004
