"""Creates the state machines, a queue for each set of steps, and the bucket for frames.

It runs at every start of moto, which keeps no state. moto only executes state machines if it is configured to:
https://docs.getmoto.org/en/latest/docs/services/stepfunctions.html
"""

import os
from pathlib import Path

import boto3
import requests

DEFINITIONS = Path(__file__).with_name("statemachine")
QUEUES = {"etl": "etl", "noop": "noop", "guarded": "etl"}
"""The queue for the tasks of each state machine. `guarded` has the steps of `etl`."""
ROLE = "arn:aws:iam::123456789012:role/StepFunctions"
"""A state machine needs a role, but moto does not check that it exists."""


def deploy() -> None:
    """Create everything, the bucket last: once it exists, so does the rest."""
    sqs, sfn, s3 = boto3.client("sqs"), boto3.client("stepfunctions"), boto3.client("s3")
    for name, queue in QUEUES.items():
        url = sqs.create_queue(QueueName=queue)["QueueUrl"]
        definition = (DEFINITIONS / f"{name}.asl.json").read_text().replace("${QueueUrl}", url)
        sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    s3.create_bucket(Bucket="frames")


if __name__ == "__main__":
    interpret = {"stepfunctions": {"execute_state_machine": True}}
    requests.post(f"{os.environ['AWS_ENDPOINT_URL']}/moto-api/config", json=interpret, timeout=5).raise_for_status()
    deploy()
