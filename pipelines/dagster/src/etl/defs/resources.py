import dagster as dg


class Parameters(dg.ConfigurableResource):
    """The parameters of a run, shared by its assets."""

    trial: str
    month: str = "all"


@dg.definitions
def resources() -> dg.Definitions:
    return dg.Definitions(resources={"parameters": Parameters.configure_at_launch()})
