"""Makes what the pipelines are of: the state machines, a queue for each set of steps, and the bucket for frames.

It runs whenever moto starts, which remembers nothing. moto's interpreter is off unless it is told to execute:
https://docs.getmoto.org/en/latest/docs/services/stepfunctions.html
"""

import os
from pathlib import Path

import boto3
import requests

DEFINITIONS = Path(__file__).with_name("statemachine")
QUEUES = {"etl": "etl", "noop": "noop", "guarded": "etl"}
"""Which queue the tasks of a state machine go to: `guarded` has the steps of `etl`."""
ROLE = "arn:aws:iam::123456789012:role/StepFunctions"
"""A state machine needs one; nobody asks whether it exists."""


def deploy() -> None:
    """Create everything, the bucket last: once it is there, so is the rest."""
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
