import polars as pl

from reference import steps

if "transformer" not in globals():
    from mage_ai.data_preparation.decorators import transformer


@transformer
def transform(frame: pl.DataFrame, *args, **kwargs) -> pl.DataFrame:
    return steps.transform(kwargs["trial"], frame)
