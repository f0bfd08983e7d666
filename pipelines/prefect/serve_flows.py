"""Registers a deployment of each flow, then runs what is scheduled for it, each run in its own process."""

from etl import etl
from noop import noop
from prefect import serve

if __name__ == "__main__":
    serve(etl.to_deployment(name="etl"), noop.to_deployment(name="noop"))
