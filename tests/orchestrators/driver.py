"""Speaks to `serving.py`, which answers as the baseline's server does, and tells of attempts besides."""

from collections.abc import Sequence

from plain.driver import Driver as PlainDriver

from harness.orchestrators.driver import Attempt, RunState, RunStatus


class Driver(PlainDriver):
    """Passes on what the server tells, true or not."""

    def state(self, run: str) -> RunStatus:
        """Pass on the state, and the end that the server tells, if any."""
        answer = self._http.get(f"/runs/{run}")
        answer.raise_for_status()
        return RunStatus(RunState(answer.json()["state"]), answer.json().get("ended_s"))

    def attempts(self, run: str) -> Sequence[Attempt] | None:
        """Return the account of attempts, `None` where none is kept."""
        answer = self._http.get(f"/runs/{run}")
        answer.raise_for_status()
        account = answer.json()["attempts"]
        return None if account is None else [Attempt(**each) for each in account]
