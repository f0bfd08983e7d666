"""Tests the pipeline like any function."""

import os

import polars as pl
from etl import main


def test_etl_exports_a_month():
    main("test", "2013-01")

    assert pl.read_parquet(os.environ["ORCHBENCH_OUTPUT"] + "/flight-2013-01.parquet").height == 27_004
