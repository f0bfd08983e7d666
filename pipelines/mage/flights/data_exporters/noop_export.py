from reference import noop

if "data_exporter" not in globals():
    from mage_ai.data_preparation.decorators import data_exporter


@data_exporter
def export(*args, **kwargs) -> None:
    noop.export(kwargs["trial"])
