import dagster as dg


class Parameters(dg.ConfigurableResource):
    """What a run is launched with, shared by its assets."""

    trial: str
    month: str = "all"


@dg.definitions
def resources() -> dg.Definitions:
    return dg.Definitions(resources={"parameters": Parameters.configure_at_launch()})
