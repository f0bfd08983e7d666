"""Speaks to `server.py`, which starts runs and passes requests on to luigid."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from harness.orchestrators.driver import Attempt, Endpoint, RunState
from harness.orchestrators.loopback import client


class Driver:
    """The command lines of one stack.

    The driver does not ask luigid for a run's state, because each query for tasks makes luigid look for retries that
    are due.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = client(endpoint.url)

    def ready(self) -> bool:
        """Whether the server answers, and luigid is not paused. Luigi has no registry of pipelines."""
        answer = self._http.get("/api/is_paused")
        return answer.is_success and not answer.json()["response"]["paused"]

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start the command line. The run's id is the name of its last task, as Luigi shows it."""
        answer = self._http.post(f"/runs/{workload}", json=dict(parameters))
        answer.raise_for_status()
        return str(answer.json()["id"])

    def trigger_once(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start it in the same way: for Luigi, a task with the same parameters is the same task, and runs once."""
        return self.trigger(workload, parameters)

    def state(self, run: str) -> RunState:
        """Translate the exit code of the command line."""
        answer = self._http.get(f"/runs/{quote(run, safe='')}")
        answer.raise_for_status()
        return RunState(answer.json()["state"])

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return `None`: luigid counts a task's failures, but has no attempt history."""
        return None
