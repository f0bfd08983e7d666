"""Drives Airflow through its public API, version 2."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from harness.orchestrators.driver import Attempt, Endpoint, Refused, RunState, RunStatus
from harness.orchestrators.loopback import client, says_not_now

WORKLOADS = {"etl", "noop", "guarded"}
RECENT = 20


class Driver:
    """Speaks to one Airflow. A run's id is its path in the API, `etl/dagRuns/ID`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client = client(f"{endpoint.url}/api/v2")
        self._was_ready = False
        self._last_down = datetime.now(UTC)

    def ready(self) -> bool:
        """Whether the scheduler of this boot runs and every Dag is known.

        The API reports a scheduler as healthy for 30 s after it has crashed. Each boot except the first starts the
        scheduler after the API server, so a heartbeat that is newer than the API's last downtime is from the current
        scheduler.
        """
        asked = datetime.now(UTC)
        try:
            health = self._client.get("/monitor/health")
            dags = self._client.get("/dags", params={"paused": False})
        except httpx.TransportError:
            if self._was_ready:
                self._last_down = asked
            raise
        if not (health.is_success and dags.is_success):
            return False
        beat = health.json()["scheduler"]["latest_scheduler_heartbeat"]
        known = {dag["dag_id"] for dag in dags.json()["dags"]}
        ready = beat is not None and datetime.fromisoformat(beat) > self._last_down and known >= WORKLOADS
        self._was_ready |= ready
        return ready

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        response = self._trigger(workload, parameters)
        run_id = response.raise_for_status().json()["dag_run_id"]
        return f"{workload}/dagRuns/{run_id}"

    def trigger_once(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Name the run after its trial. A second run of that name is a conflict (409), and the first one stays."""
        run_id = parameters["trial"]
        response = self._trigger(workload, parameters, dag_run_id=run_id)
        if response.status_code != httpx.codes.CONFLICT:
            response.raise_for_status()
        return f"{workload}/dagRuns/{run_id}"

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Search the latest runs for those that were started with this trial."""
        answer = self._client.get(f"/dags/{workload}/dagRuns", params={"order_by": "-run_after", "limit": RECENT})
        latest = answer.raise_for_status().json()["dag_runs"]
        found = [run["dag_run_id"] for run in latest if (run["conf"] or {}).get("trial") == trial]
        return [f"{workload}/dagRuns/{run_id}" for run_id in reversed(found)]

    def state(self, run: str) -> RunStatus:
        dag_run = self._get(f"/dags/{run}")
        return RunStatus(RunState(dag_run["state"]), _epoch_s(dag_run["end_date"]))

    def attempts(self, run: str) -> Sequence[Attempt]:
        """Return every try of every task. Times are the task process's, so they include loading the Dag and the frame.

        Only the log says why a try failed. A lost process looks like an exception that ended when Airflow missed it.
        """
        tasks = self._get(f"/dags/{run}/taskInstances")["task_instances"]
        tries = [
            one
            for task in tasks
            for one in self._get(f"/dags/{run}/taskInstances/{task['task_id']}/tries")["task_instances"]
        ]
        # A try without a process never reached the step. A task after a failed one has one such try.
        return [_attempt(one) for one in tries if one["pid"]]

    def cancel(self, run: str) -> None:
        """Mark the run as failed, which ends its tasks. The UI stops a run in the same way."""
        self._client.patch(f"/dags/{run}", json={"state": "failed"}).raise_for_status()

    def _trigger(self, workload: str, parameters: Mapping[str, str], **more: str) -> httpx.Response:
        body = {"logical_date": None, "conf": dict(parameters), **more}
        response = self._client.post(f"/dags/{workload}/dagRuns", json=body)
        if says_not_now(response):
            raise Refused(f"{response.status_code}: {response.text}")
        return response

    def _get(self, path: str) -> Any:
        return self._client.get(path).raise_for_status().json()


def _attempt(one: Mapping[str, Any]) -> Attempt:
    return Attempt(
        step=one["task_id"],
        number=one["try_number"],
        succeeded=one["state"] == "success",
        started_s=_epoch_s(one["start_date"]),
        ended_s=_epoch_s(one["end_date"]),
    )


def _epoch_s(stamp: str | None) -> float | None:
    return datetime.fromisoformat(stamp).timestamp() if stamp else None
