"""Speaks to `server.py`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.orchestrators.driver import Attempt, Endpoint, RunState, RunStatus
from harness.orchestrators.loopback import client

ROOT = "a0"
"""The action of the whole run."""
ENDS = {"succeeded": RunState.SUCCESS, "failed": RunState.FAILED}


class Driver:
    """Local runs of Flyte, from the record that Flyte keeps of each run if local persistence is on."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = client(endpoint.url)

    def ready(self) -> bool:
        """Whether the server answers. It reads Flyte's record."""
        return self._http.get("/runs").is_success

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start the pipeline's process."""
        answer = self._http.post(f"/runs/{workload}", json=dict(parameters))
        answer.raise_for_status()
        return str(answer.json()["id"])

    def state(self, run: str) -> RunStatus:
        """Return the state that Flyte recorded.

        A run has failed if its process ended without a record of its end. A run that was killed together with the
        server keeps its state, because Flyte does not look for such runs.
        """
        told = self._get(run)
        root = next((action for action in told["actions"] if action["action_name"] == ROOT), None)
        if root and root["status"] in ENDS:
            return RunStatus(ENDS[root["status"]], root["end_time"])
        if told["exited"]:
            return RunStatus(RunState.FAILED)
        return RunStatus(RunState.RUNNING if root else RunState.QUEUED)

    def attempts(self, run: str) -> Sequence[Attempt]:
        """Read the attempts of each task except the one that calls the others."""
        actions = self._get(run)["actions"]
        callers = {action["task_name"] for action in actions if action["action_name"] == ROOT}
        return [
            Attempt(
                # A task is recorded under its environment's name and its own: `flights.load`.
                step=action["task_name"].rpartition(".")[2],
                number=attempt["attempt_num"],
                succeeded=attempt["status"] == "succeeded",
                started_s=attempt["start_time"],
                ended_s=attempt["end_time"],
            )
            for action in actions
            if action["task_name"] not in callers
            for attempt in json.loads(action["attempts_json"] or "[]")
        ]

    def _get(self, run: str) -> Any:
        return self._http.get(f"/runs/{run}").raise_for_status().json()
