"""Runs the steps of one queue: takes a task, sends heartbeats during its step, and reports its outcome.

Step Functions calls this a callback with a task token. Its documentation recommends heartbeats:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-stuck-execution.html
"""

import importlib
import json
import os
import sys
import threading
import traceback
from types import ModuleType
from typing import Any

import boto3

sqs = boto3.client("sqs")
sfn = boto3.client("stepfunctions")
OVER = (sfn.exceptions.TaskTimedOut, sfn.exceptions.TaskDoesNotExist, sfn.exceptions.InvalidToken)
"""Errors of Step Functions when it no longer waits for a task, because the task was stopped or took too long."""


def main(name: str) -> None:
    """Process the queue `name` forever, with the functions of the module `name`."""
    steps = importlib.import_module(name)
    queue = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=20)
        for message in answer.get("Messages", []):
            # Deleted before the step: from here on, heartbeats show that it is alive, and a retry is a separate
            # message.
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            run(steps, json.loads(message["Body"]))


def run(steps: ModuleType, task: dict[str, Any]) -> None:
    """Run the step of a task, and report its outcome."""
    token, done = task["token"], threading.Event()
    threading.Thread(target=send_heartbeats, args=(token, task["heartbeat_every_s"], done), daemon=True).start()
    try:
        output = getattr(steps, task["step"])(**task["input"])
    except Exception as error:
        traceback.print_exc()
        report(sfn.send_task_failure, taskToken=token, error=type(error).__name__, cause=str(error)[:1000])
    else:
        report(sfn.send_task_success, taskToken=token, output=json.dumps(output))
    finally:
        done.set()


def send_heartbeats(token: str, every_s: float, done: threading.Event) -> None:
    """Send a heartbeat. End this process, and the step with it, once Step Functions no longer waits for the step."""
    while not done.wait(every_s):
        try:
            sfn.send_task_heartbeat(taskToken=token)
        except OVER as answer:
            print(f"the task is over, its step ends here: {answer}", flush=True)
            os._exit(1)


def report(send: Any, **what: str) -> None:
    """Report the end of a task. It is no error of this worker if Step Functions no longer waits for it."""
    try:
        send(**what)
    except OVER as answer:
        print(f"the task was over already: {answer}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
