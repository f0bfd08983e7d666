"""Registers a deployment of each flow, then runs scheduled flow runs, each in its own process."""

import os

from etl import etl
from guarded import guarded
from noop import noop
from prefect import serve

if __name__ == "__main__":
    # `serve` passes this to its runner, whose own variable takes only whole seconds and applies if this is missing.
    query_seconds = os.environ.get("RUNNER_QUERY_SECONDS")
    serve(
        etl.to_deployment(name="etl"),
        noop.to_deployment(name="noop"),
        guarded.to_deployment(name="guarded", concurrency_limit=1),
        query_seconds=float(query_seconds) if query_seconds else None,
    )
