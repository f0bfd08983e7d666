"""Speaks to `server.py`, which answers from Metaflow's Client API."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.orchestrators.driver import Attempt, Endpoint, RunState, RunStatus
from harness.orchestrators.loopback import client


class Driver:
    """The flows of one server. A run's id is its pathspec: the flow and the number of the run."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = client(endpoint.url)

    def ready(self) -> bool:
        """Whether the server answers."""
        return self._http.get("/health").is_success

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start the run's process. The server answers once the process has registered the run with Metaflow."""
        answer = self._http.post(f"/runs/{workload}", json=dict(parameters))
        return str(answer.raise_for_status().json()["id"])

    def runs(self, workload: str, trial: str) -> Sequence[str]:
        """Find the runs that have this trial's tag."""
        answer = self._http.get(f"/runs/{workload}", params={"trial": trial})
        return [str(run) for run in answer.raise_for_status().json()]

    def state(self, run: str) -> RunStatus:
        """Return success with the end of the run's last step, or failure with the end of the run's process."""
        told = self._get(f"/runs/{run}")
        return RunStatus(RunState(told["state"]), told["ended_s"])

    def cancel(self, run: str) -> None:
        """Interrupt the run, as Ctrl-C does on the command line."""
        self._http.delete(f"/runs/{run}").raise_for_status()

    def attempts(self, run: str) -> Sequence[Attempt]:
        """Read the metadata of each attempt. An attempt whose process was killed has no end."""
        return [Attempt(**told) for told in self._get(f"/runs/{run}/attempts")]

    def _get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()
