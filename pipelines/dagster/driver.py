"""Speaks Dagster's GraphQL API, which its own UI uses.

Attempts are read from the run's event log, whose stamps come from the process that runs the step. An attempt includes
loading its input and storing its output. An attempt that died with its run has no end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from harness.orchestrators.driver import ApiError, Attempt, Endpoint, Refused, RunState, RunStatus
from harness.orchestrators.loopback import client, says_not_now

READY = """
{
  workspaceOrError {
    ... on Workspace {
      locationEntries {
        locationOrLoadError { ... on RepositoryLocation { repositories { jobs { name } } } }
      }
    }
  }
  instance { daemonHealth { daemonStatus(daemonType: "QUEUED_RUN_COORDINATOR") { healthy } } }
}
"""

LAUNCH = """
mutation ($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on Error { message }
  }
}
"""

RUNS = """
query ($filter: RunsFilter!) {
  runsOrError(filter: $filter) { __typename ... on Runs { results { runId } } ... on Error { message } }
}
"""

STATE = """
query ($run: ID!) { runOrError(runId: $run) { __typename ... on Run { status endTime } ... on Error { message } } }
"""

TERMINATE = """
mutation ($run: String!) {
  terminateRun(runId: $run) { __typename ... on TerminateRunFailure { message } ... on Error { message } }
}
"""

EVENTS = """
query ($run: ID!, $cursor: String) {
  logsForRun(runId: $run, afterCursor: $cursor) {
    __typename
    ... on EventConnection { events { ... on MessageEvent { eventType stepKey timestamp } } cursor hasMore }
    ... on Error { message }
  }
}
"""

STATES = {
    "QUEUED": RunState.QUEUED,
    "NOT_STARTED": RunState.QUEUED,
    "STARTING": RunState.QUEUED,
    "STARTED": RunState.RUNNING,
    "CANCELING": RunState.RUNNING,
    "SUCCESS": RunState.SUCCESS,
    "FAILURE": RunState.FAILED,
    "CANCELED": RunState.FAILED,
}

TAG = "trial"

STARTS = {"STEP_START", "STEP_RESTARTED"}
ENDS = {"STEP_SUCCESS", "STEP_UP_FOR_RETRY", "STEP_FAILURE"}


class Driver:
    """Launches the asset jobs of the code location `etl`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = client(endpoint.url)

    def ready(self) -> bool:
        """Whether the webserver has loaded every job and the daemon that dequeues runs is alive.

        Dagster takes a daemon as alive for half an hour after its heartbeat, so the daemon deletes older heartbeats at
        its start.
        """
        try:
            answer = self._query(READY)
        except httpx.HTTPStatusError:
            return False
        jobs = {
            job["name"]
            for entry in answer["workspaceOrError"].get("locationEntries", [])
            for repository in (entry["locationOrLoadError"] or {}).get("repositories", [])
            for job in repository["jobs"]
        }
        daemon = answer["instance"]["daemonHealth"]["daemonStatus"]
        return jobs >= {"etl", "noop", "guarded"} and bool(daemon["healthy"])

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        execution = {
            "selector": {
                "repositoryLocationName": "etl",
                "repositoryName": "__repository__",
                "jobName": workload,
            },
            "runConfigData": {"resources": {"parameters": {"config": dict(parameters)}}},
            "executionMetadata": {"tags": [{"key": TAG, "value": parameters["trial"]}]},
        }
        try:
            launched = self._query(LAUNCH, {"parameters": execution})["launchRun"]
        except httpx.HTTPStatusError as error:
            if says_not_now(error.response):
                raise Refused(error.response.text) from error
            raise
        if launched["__typename"] != "LaunchRunSuccess":
            raise ApiError(f"launchRun: {launched}")
        return str(launched["run"]["runId"])

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Find the runs that have this trial's tag."""
        wanted = {"pipelineName": workload, "tags": [{"key": TAG, "value": trial}]}
        found = self._query(RUNS, {"filter": wanted})["runsOrError"]
        if found["__typename"] != "Runs":
            raise ApiError(f"runsOrError: {found}")
        return [run["runId"] for run in reversed(found["results"])]

    def state(self, run: str) -> RunStatus:
        found = self._query(STATE, {"run": run})["runOrError"]
        if found["__typename"] != "Run":
            raise ApiError(f"runOrError: {found}")
        return RunStatus(STATES[found["status"]], found["endTime"])

    def cancel(self, run: str) -> None:
        """Terminate the run as the UI's button does, by asking its process to end."""
        answer = self._query(TERMINATE, {"run": run})["terminateRun"]
        if answer["__typename"] != "TerminateRunSuccess":
            raise ApiError(f"terminateRun: {answer}")

    def attempts(self, run: str) -> Sequence[Attempt]:
        attempts: dict[tuple[str, int], Attempt] = {}
        latest: dict[str, int] = {}
        for event in self._events(run):
            kind, step = event["eventType"], (event["stepKey"] or "").rpartition("__")[2]
            at = float(event["timestamp"]) / 1000
            if kind in STARTS:
                number = latest[step] = latest.get(step, 0) + 1
                attempts[step, number] = Attempt(step, number, succeeded=False, started_s=at)
            elif kind in ENDS:
                begun = attempts[step, latest[step]]
                attempts[step, latest[step]] = replace(begun, succeeded=kind == "STEP_SUCCESS", ended_s=at)
        return list(attempts.values())

    def _events(self, run: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        cursor, more = None, True
        while more:
            page = self._query(EVENTS, {"run": run, "cursor": cursor})["logsForRun"]
            if page["__typename"] != "EventConnection":
                raise ApiError(f"logsForRun: {page}")
            events += page["events"]
            cursor, more = page["cursor"], page["hasMore"]
        return events

    def _query(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        # Dagster answers errors that it did not expect, such as a locked SQLite, with status 500.
        response = self._client.post("/graphql", json={"query": query, "variables": variables})
        response.raise_for_status()
        return dict(response.json()["data"])
