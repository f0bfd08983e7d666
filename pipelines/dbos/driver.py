"""Speaks to `main.py`, the small server around DBOS, because DBOS has no server."""

import uuid
from collections.abc import Mapping, Sequence

from harness.orchestrators.driver import Attempt, Endpoint, RunState, RunStatus
from harness.orchestrators.loopback import client

STATES = {
    "DELAYED": RunState.QUEUED,
    "ENQUEUED": RunState.QUEUED,
    "PENDING": RunState.RUNNING,
    "SUCCESS": RunState.SUCCESS,
    "ERROR": RunState.FAILED,
    "CANCELLED": RunState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": RunState.FAILED,
}


class Driver:
    """The workflows of one DBOS app. A run's id is its workflow ID."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = client(endpoint.url)

    def ready(self) -> bool:
        """Whether the server answers. It does so once DBOS and its database are up."""
        return self._http.get("/workflows").is_success

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start a workflow under a new ID."""
        return self._start(workload, parameters, str(uuid.uuid4()))

    def trigger_once(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start a workflow under an ID made of the trial, because an ID is DBOS's idempotency key."""
        return self._start(workload, parameters, parameters["trial"])

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Find the workflows that were started with this trial, oldest first, as DBOS lists them."""
        answer = self._http.get("/workflows", params={"name": workload})
        return [run["id"] for run in answer.raise_for_status().json() if run["trial"] == trial]

    def state(self, run: str) -> RunStatus:
        """Translate the workflow's status and its end."""
        told = self._http.get(f"/workflows/{run}").raise_for_status().json()
        return RunStatus(STATES[told["status"]], _end_s(told["completed_at"]))

    def cancel(self, run: str) -> None:
        """Cancel the workflow. DBOS does so when its next step begins."""
        self._http.post(f"/workflows/{run}/cancel").raise_for_status()

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return `None`: DBOS records only the final outcome of each step and no earlier attempts."""
        return None

    def _start(self, workload: str, parameters: Mapping[str, str], workflow_id: str) -> str:
        self._http.put(f"/workflows/{workload}/{workflow_id}", json=dict(parameters)).raise_for_status()
        return workflow_id


def _end_s(completed_at_ms: int | None) -> float | None:
    """Return the end of a workflow in Unix seconds.

    Over SQLite, with a Python before 3.12, DBOS cuts its stamps to whole seconds. They can then be up to one second
    before the end of the last step, so they are not used.
    """
    return None if completed_at_ms is None or completed_at_ms % 1000 == 0 else completed_at_ms / 1000
