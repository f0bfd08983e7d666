"""Speaks to `server.py`."""

from collections.abc import Mapping, Sequence

from harness.orchestrators.driver import Attempt, Endpoint, RunState
from harness.orchestrators.loopback import client


class Driver:
    """The baseline's driver. Plain Python has no attempt history, so `attempts` returns nothing."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = client(endpoint.url)

    def ready(self) -> bool:
        """Whether the server answers."""
        return self._http.get("/health").is_success

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start the pipeline's process."""
        answer = self._http.post(f"/runs/{workload}", json=dict(parameters))
        answer.raise_for_status()
        return str(answer.json()["id"])

    def state(self, run: str) -> RunState:
        """Whether the process runs, or how it ended."""
        answer = self._http.get(f"/runs/{run}")
        answer.raise_for_status()
        return RunState(answer.json()["state"])

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return `None`: there is no attempt history."""
        return None
