"""Speaks the REST API of a Prefect server."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import httpx

from harness.orchestrators.driver import Attempt, Endpoint, Refused, RunState, RunStatus
from harness.orchestrators.loopback import client, says_not_now

STATES = {
    "SCHEDULED": RunState.QUEUED,
    "PENDING": RunState.QUEUED,
    "RUNNING": RunState.RUNNING,
    "PAUSED": RunState.RUNNING,
    "CANCELLING": RunState.RUNNING,
    "COMPLETED": RunState.SUCCESS,
    "FAILED": RunState.FAILED,
    "CRASHED": RunState.FAILED,
    "CANCELLED": RunState.FAILED,
}


class Driver:
    """The deployments of one Prefect server."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._api = client(f"{endpoint.url}/api")
        self._deployments: dict[str, str] = {}
        self._last_unreachable_s = 0.0

    def ready(self) -> bool:
        """Whether the API answers and the process that runs the flows has polled it for every deployment.

        A deployment stays READY for a minute after its last poll, even if the poller is gone. Polls that are older than
        the API's last downtime are from before a restart and do not count.
        """
        try:
            response = self._api.post("/deployments/filter", json={})
        except httpx.TransportError:
            self._last_unreachable_s = time.time()
            raise
        if response.is_error:
            return False
        deployments = {deployment["name"]: deployment for deployment in response.json()}
        self._deployments = {name: deployment["id"] for name, deployment in deployments.items()}
        return deployments.keys() >= {"etl", "noop", "guarded"} and all(map(self._polled, deployments.values()))

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Create a flow run of the deployment that `ready` saw. If SQLite is locked, the server answers 503."""
        return self._create(workload, parameters)

    def trigger_once(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Create a flow run with an idempotency key. A second request with that key gets the first run."""
        return self._create(workload, parameters, idempotency_key=parameters["trial"])

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Find the flow runs that have this trial's tag."""
        wanted = {"flows": {"name": {"any_": [workload]}}, "flow_runs": {"tags": {"all_": [trial]}}}
        response = self._api.post("/flow_runs/filter", json={**wanted, "sort": "START_TIME_ASC"})
        return [run["id"] for run in response.raise_for_status().json()]

    def state(self, run: str) -> RunStatus:
        """Translate the type of the flow run's state, and its end. A crash that Prefect acts on is not the end."""
        flow_run = self._get(f"/flow_runs/{run}")
        if flow_run["state_type"] == "CRASHED" and self._restarts(flow_run["run_count"]):
            return RunStatus(RunState.RUNNING, None)
        ended = flow_run["end_time"]
        return RunStatus(STATES[flow_run["state_type"]], _seconds(ended) if ended else None)

    def cancel(self, run: str) -> None:
        """Set the run to Cancelling. The process that serves its deployment then ends it."""
        body = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        self._api.post(f"/flow_runs/{run}/set_state", json=body).raise_for_status()

    def attempts(self, run: str) -> Sequence[Attempt]:
        """Return one attempt for each Running (or Retrying) state in the history of each task run.

        An attempt ends with the next state. A task whose process was killed stays Running, so that attempt has no end.
        The history can lag the run's end by some seconds.
        """
        response = self._api.post("/task_runs/filter", json={"flow_runs": {"id": {"any_": [run]}}})
        return [attempt for task in response.raise_for_status().json() for attempt in self._attempts_of(task)]

    def _attempts_of(self, task: dict[str, Any]) -> list[Attempt]:
        # A task run's name is the task's, a dash and three random characters.
        step = task["name"].rpartition("-")[0]
        states = self._get("/task_run_states/", task_run_id=task["id"])
        runs = [(start, end) for start, end in pairwise([*states, None]) if start["type"] == "RUNNING"]
        return [
            Attempt(
                step=step,
                number=number,
                succeeded=end is not None and end["type"] == "COMPLETED",
                started_s=_seconds(start["timestamp"]),
                ended_s=None if end is None else _seconds(end["timestamp"]),
            )
            for number, (start, end) in enumerate(runs, start=1)
        ]

    def _restarts(self, run_count: int) -> bool:
        """Whether an automation restarts flow runs that crash in the process of this number."""
        automations = self._api.post("/automations/filter", json={}).raise_for_status().json()
        return any(
            str(run_count) in automation["trigger"].get("match", {}).get("prefect.run-count", ())
            for automation in automations
        )

    def _create(self, workload: str, parameters: Mapping[str, str], **more: str) -> str:
        path = f"/deployments/{self._deployments[workload]}/create_flow_run"
        response = self._api.post(path, json={"parameters": dict(parameters), "tags": [parameters["trial"]], **more})
        if says_not_now(response):
            raise Refused(response.text)
        run: str = response.raise_for_status().json()["id"]
        return run

    def _polled(self, deployment: dict[str, Any]) -> bool:
        polled = deployment["last_polled"]
        return deployment["status"] == "READY" and polled is not None and _seconds(polled) > self._last_unreachable_s

    def _get(self, path: str, **query: str) -> Any:
        return self._api.get(path, params=query).raise_for_status().json()


def _seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()
