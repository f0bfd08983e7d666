"""Speaks to `server.py`.

NEXT: to the tool's own API, where it has one. These four methods are all that a driver must have; docs/contribute/contract.md
tells what each may raise, and which three it may have beside them.
"""

from collections.abc import Mapping, Sequence

from harness.orchestrators.driver import Attempt, Endpoint, RunState
from harness.orchestrators.loopback import client


class Driver:
    """Starts runs and asks how they stand."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = client(endpoint.url)

    def ready(self) -> bool:
        """Whether the server answers.

        NEXT: and whether the tool's scheduler is alive and knows both pipelines: a trigger sent now must be run.
        """
        return self._http.get("/runs").is_success

    def trigger(self, workload: str, parameters: Mapping[str, str]) -> str:
        """Start a run and return its id."""
        response = self._http.post(f"/runs/{workload}", json=dict(parameters))
        return str(response.raise_for_status().json()["id"])

    def state(self, run: str) -> RunState:
        """Return how the run stands."""
        return RunState(self._http.get(f"/runs/{run}").raise_for_status().json()["state"])

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return `None`: no account of attempts is kept.

        NEXT: every attempt of every step, where the tool keeps such an account.
        """
        return None
