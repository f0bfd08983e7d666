"""Speaks to `serving.py`."""

from collections.abc import Mapping, Sequence

import httpx

from harness.driver import Attempt, Endpoint, RunState


class Driver:
    """Passes on what the server tells, true or not."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = httpx.Client(base_url=endpoint.url, timeout=5)

    def ready(self) -> bool:
        """Whether the server answers."""
        return self._http.get("/health").is_success

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start a run."""
        answer = self._http.post(f"/runs/{workload}", json=dict(parameters))
        answer.raise_for_status()
        return str(answer.json()["id"])

    def state(self, run: str) -> RunState:
        """Return the state that the run is told to have."""
        return RunState(self._told(run)["state"])

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return the account of attempts, `None` where none is kept."""
        account = self._told(run)["attempts"]
        return None if account is None else [Attempt(**each) for each in account]

    def _told(self, run: str) -> dict:
        answer = self._http.get(f"/runs/{run}")
        answer.raise_for_status()
        return answer.json()
