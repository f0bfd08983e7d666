import dagster as dg
import polars as pl
from upath import UPath


class Parameters(dg.ConfigurableResource):
    """What a run is launched with, shared by its assets."""

    trial: str
    month: str = "all"


class ParquetIOManager(dg.UPathIOManager):
    """Keeps a frame as a Parquet file from one step's process to the next's."""

    extension = ".parquet"

    def dump_to_path(self, context: dg.OutputContext, obj: pl.DataFrame, path: UPath) -> None:
        obj.write_parquet(path)

    def load_from_path(self, context: dg.InputContext, path: UPath) -> pl.DataFrame:
        return pl.read_parquet(path)


class InstanceParquetIOManager(dg.ConfigurableIOManagerFactory):
    """Keeps the files in the storage folder of the Dagster instance."""

    def create_io_manager(self, context: dg.InitResourceContext) -> ParquetIOManager:
        return ParquetIOManager(base_path=UPath(context.instance.storage_directory()))


@dg.definitions
def resources() -> dg.Definitions:
    return dg.Definitions(
        resources={
            "io_manager": InstanceParquetIOManager(),
            "parameters": Parameters.configure_at_launch(),
        }
    )
