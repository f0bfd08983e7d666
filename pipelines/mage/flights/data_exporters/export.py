import polars as pl

from reference import steps

if "data_exporter" not in globals():
    from mage_ai.data_preparation.decorators import data_exporter


@data_exporter
def export(frame: pl.DataFrame, *args, **kwargs) -> dict[str, int]:
    return steps.export(kwargs["trial"], kwargs["month"], frame)
