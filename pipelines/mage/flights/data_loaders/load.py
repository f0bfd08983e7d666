import polars as pl

from reference import steps

if "data_loader" not in globals():
    from mage_ai.data_preparation.decorators import data_loader


@data_loader
def load(*args, **kwargs) -> pl.DataFrame:
    return steps.load(kwargs["trial"], kwargs["month"])
