"""Speaks the API of AWS Step Functions (JSON 1.0 over POST), as moto serves it.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from harness.orchestrators.driver import Attempt, Endpoint, Refused, RunState, RunStatus
from harness.orchestrators.loopback import client, says_not_now

MACHINES = {"etl", "noop", "guarded"}
STATES = {
    "RUNNING": RunState.RUNNING,
    "SUCCEEDED": RunState.SUCCESS,
    "FAILED": RunState.FAILED,
    "TIMED_OUT": RunState.FAILED,
    "ABORTED": RunState.FAILED,
}
ENDED = {"TaskSucceeded", "TaskFailed", "TaskTimedOut"}
ARN = "arn:aws:states:us-east-1:123456789012"
"""The region and account that moto assumes for a caller without an account."""


class Driver:
    """The state machines `etl`, `noop` and `guarded`. A run's id is the ARN of its execution."""

    def __init__(self, endpoint: Endpoint) -> None:
        # The signature's scope names the service, and moto reads nothing else of the signature.
        scope = "testing/20130101/us-east-1/states/aws4_request"
        self._api = client(endpoint.url)
        self._api.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}"

    def ready(self) -> bool:
        """Whether every state machine is deployed. A task waits in its queue for the workers, which take a second."""
        known = self._ask("ListStateMachines")["stateMachines"]
        return {machine["name"] for machine in known} >= MACHINES

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start an execution that is named after the trial."""
        response = self._start(workload, parameters)
        if says_not_now(response):
            raise Refused(response.text)
        return str(response.raise_for_status().json()["executionArn"])

    def trigger_once(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start an execution by a unique name. A second request gets the first execution.

        Once that has ended, the answer is that it exists. Its ARN follows from its name.
        """
        response = self._start(workload, parameters)
        if response.is_client_error and response.json()["__type"].endswith("ExecutionAlreadyExists"):
            return f"{ARN}:execution:{workload}:{parameters['trial']}"
        return str(response.raise_for_status().json()["executionArn"])

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Find the execution that has the trial's name."""
        listed = self._ask("ListExecutions", stateMachineArn=f"{ARN}:stateMachine:{workload}", maxResults=1000)
        return [execution["executionArn"] for execution in listed["executions"] if execution["name"] == trial]

    def state(self, run: str) -> RunStatus:
        """Translate the execution's status and its end."""
        execution = self._ask("DescribeExecution", executionArn=run)
        return RunStatus(STATES[execution["status"]], execution.get("stopDate"))

    def cancel(self, run: str) -> None:
        """Stop the execution."""
        self._ask("StopExecution", executionArn=run)

    def attempts(self, run: str) -> Sequence[Attempt]:
        """Read the execution's history: each start of a task, and its outcome."""
        history = self._ask("GetExecutionHistory", executionArn=run, maxResults=1000)
        return list(_attempts(history["events"]))

    def _start(self, workload: str, parameters: Mapping[str, str]) -> httpx.Response:
        return self._send(
            "StartExecution",
            stateMachineArn=f"{ARN}:stateMachine:{workload}",
            name=parameters["trial"],
            input=json.dumps(dict(parameters)),
        )

    def _ask(self, action: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._send(action, **body).raise_for_status().json()
        return answer

    def _send(self, action: str, **body: Any) -> httpx.Response:
        headers = {"X-Amz-Target": f"AWSStepFunctions.{action}", "Content-Type": "application/x-amz-json-1.0"}
        return self._api.post("/", content=json.dumps(body), headers=headers)


def _attempts(events: Sequence[Mapping[str, Any]]) -> Iterator[Attempt]:
    step, number, started_s = "", 0, None
    for event in events:
        if event["type"] == "TaskStateEntered":
            step, number = event["stateEnteredEventDetails"]["name"], 0
        elif event["type"] == "TaskScheduled":
            number, started_s = number + 1, event["timestamp"]
        elif event["type"] in ENDED:
            yield Attempt(step, number, event["type"] == "TaskSucceeded", started_s, event["timestamp"])
            started_s = None
    if started_s is not None:
        yield Attempt(step, number, succeeded=False, started_s=started_s)
